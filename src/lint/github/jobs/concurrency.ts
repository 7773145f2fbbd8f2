import type { Scope } from "../../expressions/scope.ts";
import { isUnknown, textOfValue, type Tri, Unknown, type Value } from "../../expressions/value.ts";
import type { Concurrency } from "../../model/pipeline.ts";
import { at, type Node } from "../../yaml/node.ts";
import { valueIn } from "../contexts.ts";
import type { WorkflowInRun } from "../workflows-in-run.ts";

/** The `concurrency` of a run's workflows and of their jobs. */
export function concurrencyOf(run: readonly WorkflowInRun[]): readonly Concurrency[] {
  const rows = new Unknown("matrix", "job");
  return run.flatMap(({ workflow, caller, jobs, scopeOf }) => [
    ...read(workflow.root, caller, () => scopeOf("", rows)),
    ...[...jobs].flatMap(([id, job]) => read(job.node, id, () => scopeOf(job.id, rows))),
  ]);
}

/** Written as the name of a group, or as a map with `group`. */
function read(of: Node, job: string | undefined, scopeOf: () => Scope): readonly Concurrency[] {
  const node = at(of, "concurrency");
  const group = node?.kind === "map" ? at(node, "group") : node;
  if (group?.kind !== "scalar") return [];
  const scope = scopeOf();
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
