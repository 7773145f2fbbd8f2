import type { Scope } from "../../expressions/scope.ts";
import { isUnknown } from "../../expressions/value.ts";
import type { Matrix } from "../../model/pipeline.ts";
import { entryOf } from "../../yaml/node.ts";
import { withEnv } from "../contexts.ts";
import { matrixRows } from "./matrix.ts";
import { mostRowsIn } from "./matrix-bound.ts";
import type { WorkflowInRun } from "../workflows-in-run.ts";

/** The matrices of the jobs in the workflows of a run. */
export function matricesOf(run: readonly WorkflowInRun[]): readonly Matrix[] {
  return run.flatMap(({ workflow, jobs, scopeOf }) =>
    [...jobs].flatMap(([id, { id: ownId, strategy, node }]): readonly Matrix[] => {
      const key =
        strategy?.kind === "scalar"
          ? entryOf(node, "strategy")?.key
          : entryOf(strategy, "matrix")?.key;
      if (key === undefined) return [];
      const scope = (): Scope => withEnv(scopeOf(ownId, {}), workflow.env);
      const rows = matrixRows(strategy, scope);
      if (!isUnknown(rows)) return [{ job: id, span: key, rows: rows.length, most: rows.length }];
      return [{ job: id, span: key, rows, most: mostRowsIn(strategy, scope()) }];
    }),
  );
}
