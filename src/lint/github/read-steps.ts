import { operationsIn } from "../operations/operations-in.ts";
import { holds, interpolate, type Scope } from "../expressions/evaluate.ts";
import { both, type Text, textOfValue, textOrEmpty, type Tri } from "../expressions/value.ts";
import type { Field } from "../model/field.ts";
import type { ActionUse, Opaque, StepRun } from "../model/pipeline.ts";
import type { Entry } from "../yaml/node.ts";
import { compositeSteps } from "./composite.ts";
import { valueIn, withEnv, withOpenEnv } from "./contexts.ts";
import type { ReadSteps, StepsSetting } from "./steps-setting.ts";
import type { Step } from "./workflow.ts";

/** Reads steps in their order, with those of composite actions in place. */
export function readSteps(steps: readonly Step[], setting: StepsSetting): ReadSteps {
  const read: StepRun[] = [];
  const opaque: Opaque[] = [];
  let { scope } = setting;
  for (const step of steps) {
    const own = withEnv(scope, step.env);
    const condition = step.if === undefined ? true : holds(step.if.text ?? "", own);
    const runs = both(setting.within, condition);
    if (runs === false) continue;
    const run = stepRun(step, own, runs, setting);
    read.push(run);
    const inner = compositeSteps(run, { ...setting, scope: own, within: runs }, readSteps);
    read.push(...inner.steps);
    opaque.push(...inner.opaque);
    if (/GITHUB_ENV/.test(step.run?.text ?? "")) scope = withOpenEnv(scope);
  }
  return { steps: read, opaque };
}

function stepRun(step: Step, scope: Scope, runs: Tri, { repository }: StepsSetting): StepRun {
  const { uses, run, id, node } = step;
  const base = {
    span: uses ?? run ?? node,
    id,
    runs,
    env: envOf(scope),
    action: uses === undefined ? undefined : actionUse(uses.text ?? "", step, scope),
    script:
      run === undefined ? undefined : { value: interpolate(run.text ?? "", scope), span: run },
  };
  return { ...base, operations: operationsIn(base, repository) };
}

function actionUse(text: string, { with: inputs, uses }: Step, scope: Scope): ActionUse {
  const [name = "", ref = ""] = text.split("@", 2);
  return {
    name: name.startsWith("./") ? name : name.toLowerCase(),
    ref,
    span: uses as NonNullable<Step["uses"]>,
    inputs: fieldsOf(inputs, scope),
  };
}

export function fieldsOf(entries: readonly Entry[], scope: Scope): ReadonlyMap<string, Field> {
  return new Map(
    entries.map(({ key, value }) => [
      (key.text ?? "").toLowerCase(),
      { value: textOrEmpty(valueIn(value, scope)), span: value },
    ]),
  );
}

function envOf({ contexts }: Scope): ReadonlyMap<string, Text> {
  const values = contexts.get("env")?.values ?? {};
  return new Map(Object.entries(values).map(([name, value]) => [name, textOfValue(value)]));
}
