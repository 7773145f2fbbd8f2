import type { Scope } from "../expressions/evaluate.ts";
import { isUnknown, textOfValue, type Tri, Unknown, type Value } from "../expressions/value.ts";
import type { Concurrency } from "../model/pipeline.ts";
import { at, type Node } from "../yaml/node.ts";
import { jobScope, valueIn } from "./contexts.ts";
import type { Scenario } from "./scenarios.ts";
import type { Workflow } from "./workflow.ts";

/** The `concurrency` of a workflow and of its jobs. */
export function concurrencyOf({ root, jobs }: Workflow, scenario: Scenario): Concurrency[] {
  const inputs = scenario.inputs ? undefined : {};
  const scopeOf = (id: string): Scope =>
    jobScope(scenario, id, inputs, new Unknown("matrix", "job"));
  return [
    ...read(at(root, "concurrency"), undefined, scopeOf("")),
    ...jobs.flatMap(({ id, node }) => read(at(node, "concurrency"), id, scopeOf(id))),
  ];
}

/** Written as the name of a group, or as a map with `group`. */
function read(node: Node | undefined, job: string | undefined, scope: Scope): Concurrency[] {
  const group = node?.kind === "map" ? at(node, "group") : node;
  if (group?.kind !== "scalar") return [];
  const setting = (key: string): Value => {
    const value = at(node, key);
    return value === undefined ? null : valueIn(value, scope);
  };
  return [
    {
      job,
      span: group,
      group: textOfValue(valueIn(group, scope)),
      cancels: isEqual(setting("cancel-in-progress"), "true"),
      queues: isEqual(setting("queue"), "max"),
    },
  ];
}

function isEqual(value: Value, text: string): Tri {
  return isUnknown(value) ? undefined : textOfValue(value).text === text;
}
