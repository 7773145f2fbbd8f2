import { isUnknown } from "../expressions/value.ts";
import type { Matrix } from "../model/pipeline.ts";
import { jobScope, withEnv } from "./contexts.ts";
import { matrixRows } from "./matrix.ts";
import { entryOf } from "../yaml/node.ts";
import type { Scenario } from "./scenarios.ts";
import type { Workflow } from "./workflow.ts";

/** The matrices of a workflow's jobs. */
export function matricesOf({ jobs, env }: Workflow, scenario: Scenario): readonly Matrix[] {
  const inputs = scenario.inputs ? undefined : {};
  return jobs.flatMap(({ id, strategy, node }) => {
    const key =
      strategy?.kind === "scalar"
        ? entryOf(node, "strategy")?.key
        : entryOf(strategy, "matrix")?.key;
    if (key === undefined) return [];
    const rows = matrixRows(strategy, withEnv(jobScope(scenario, id, inputs, {}), env));
    return [{ job: id, span: key, rows: isUnknown(rows) ? rows : rows.length }];
  });
}
