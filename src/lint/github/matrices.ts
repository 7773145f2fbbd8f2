import { isUnknown } from "../expressions/value.ts";
import type { Matrix } from "../model/pipeline.ts";
import { entryOf } from "../yaml/node.ts";
import { withEnv } from "./contexts.ts";
import { matrixRows } from "./matrix.ts";
import type { Workflow } from "./workflow.ts";
import { type Run, workflowsInRun } from "./workflows-in-run.ts";

/** The matrices of a run's jobs. */
export function matricesOf(started: Workflow, run: Run): readonly Matrix[] {
  return workflowsInRun(started, run).flatMap(({ workflow, jobs, scopeOf }) =>
    [...jobs].flatMap(([id, { id: ownId, strategy, node }]) => {
      const key =
        strategy?.kind === "scalar"
          ? entryOf(node, "strategy")?.key
          : entryOf(strategy, "matrix")?.key;
      if (key === undefined) return [];
      const rows = matrixRows(strategy, withEnv(scopeOf(ownId, {}), workflow.env));
      return [{ job: id, span: key, rows: isUnknown(rows) ? rows : rows.length }];
    }),
  );
}
