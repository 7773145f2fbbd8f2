import { isUnknown } from "../../expressions/value.ts";
import type { Matrix } from "../../model/pipeline.ts";
import { entryOf } from "../../yaml/node.ts";
import { withEnv } from "../contexts.ts";
import { matrixRows } from "./matrix.ts";
import { mostRowsIn } from "./matrix-bound.ts";
import type { Workflow } from "../workflow.ts";
import { type Run, workflowsInRun } from "../workflows-in-run.ts";

/** The matrices of a run's jobs. */
export function matricesOf(started: Workflow, run: Run): readonly Matrix[] {
  return workflowsInRun(started, run).flatMap(({ workflow, jobs, scopeOf }) =>
    [...jobs].flatMap(([id, { id: ownId, strategy, node }]): readonly Matrix[] => {
      const key =
        strategy?.kind === "scalar"
          ? entryOf(node, "strategy")?.key
          : entryOf(strategy, "matrix")?.key;
      if (key === undefined) return [];
      const scope = withEnv(scopeOf(ownId, {}), workflow.env);
      const rows = matrixRows(strategy, scope);
      if (!isUnknown(rows)) return [{ job: id, span: key, rows: rows.length, most: rows.length }];
      return [{ job: id, span: key, rows, most: mostRowsIn(strategy, scope) }];
    }),
  );
}
