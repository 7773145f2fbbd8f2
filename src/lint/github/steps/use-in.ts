import type { Scope } from "../../expressions/scope.ts";
import { textOrEmpty } from "../../expressions/value.ts";
import { type Checkout, checkoutOf } from "../../model/checkouts.ts";
import type { Field } from "../../model/field.ts";
import type { ActionUse } from "../../model/pipeline.ts";
import type { Entry } from "../../yaml/node.ts";
import { valueIn } from "../contexts.ts";
import { localPath } from "../local-path.ts";
import type { Step } from "../workflow.ts";

/** The action that a step uses, with its inputs; undefined if it uses none. */
export function useIn({ with: inputs, uses }: Step, scope: Scope): ActionUse | undefined {
  if (uses === undefined) return undefined;
  const [name = "", ref = ""] = (uses.text ?? "").split("@", 2);
  return {
    name: localPath(name) === undefined ? name.toLowerCase() : name,
    ref,
    span: uses,
    inputs: fieldsOf(inputs, scope),
  };
}

/** Where a job's own steps check repositories out. */
export function checkoutsIn(steps: readonly Step[], scope: Scope): readonly Checkout[] {
  return steps.flatMap((step) =>
    /^actions\/checkout@/i.test(step.uses?.text ?? "")
      ? (checkoutOf(useIn(step, scope)) ?? [])
      : [],
  );
}

function fieldsOf(entries: readonly Entry[], scope: Scope): ReadonlyMap<string, Field> {
  return new Map(
    entries.map(({ key, value }) => [
      (key.text ?? "").toLowerCase(),
      { value: textOrEmpty(valueIn(value, scope)), span: value },
    ]),
  );
}
