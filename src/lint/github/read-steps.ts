import { operationsIn } from "../operations/operations-in.ts";
import { holds, type Scope } from "../expressions/evaluate.ts";
import { both, textOrEmpty, type Tri } from "../expressions/value.ts";
import type { Field } from "../model/field.ts";
import type { ActionUse, Opaque, StepRun } from "../model/pipeline.ts";
import type { Entry } from "../yaml/node.ts";
import { compositeSteps } from "./composite.ts";
import { localPath } from "./local-path.ts";
import { valueIn, withEnv } from "./contexts.ts";
import { stepEnv } from "./step-env.ts";
import { remember } from "../remember.ts";
import type { ReadSteps, StepsSetting } from "./steps-setting.ts";
import { scopeAfter } from "./scope-after.ts";
import { scriptOf } from "./scripts.ts";
import type { Step } from "./workflow.ts";

/** Reads steps in their order, with those of composite actions in place. */
export function readSteps(steps: readonly Step[], setting: StepsSetting): ReadSteps {
  const read: StepRun[] = [];
  const opaque: Opaque[] = [];
  let { scope } = setting;
  for (const step of steps) {
    setting.budget.spend(costOf(step, scope));
    const own = withEnv(scope, step.env);
    const condition = step.if === undefined ? true : holds(step.if.text ?? "", own);
    const runs = both(setting.within, condition);
    if (runs === false) continue;
    const { run, unseen } = stepRun(step, own, runs, setting);
    read.push(run);
    opaque.push(...unseen);
    const inner = compositeSteps(run, { ...setting, scope: own, within: runs }, readSteps);
    read.push(...inner.steps);
    opaque.push(...inner.opaque);
    scope = scopeAfter([run, ...inner.steps], scope);
  }
  return { steps: read, opaque };
}

/** Long texts, and variables that are copied, count as further steps. */
function costOf({ run, with: inputs, env }: Step, { contexts }: Scope): number {
  const texts = inputs.map(({ value }) => value.end - value.start);
  const characters = texts.reduce((sum, length) => sum + length, run?.text?.length ?? 0);
  const copied = env.length === 0 ? 0 : Object.keys(contexts.get("env")?.values ?? {}).length;
  return 1 + Math.floor(characters / 2_000) + Math.floor(copied / 4);
}

function stepRun(
  step: Step,
  scope: Scope,
  runs: Tri,
  setting: StepsSetting,
): { readonly run: StepRun; readonly unseen: readonly Opaque[] } {
  const { uses, run, id, node } = step;
  const action = actionUse(step, scope);
  const script = scriptOf(step, action, scope, setting);
  const env = (): StepRun["env"] => stepEnv(scope);
  const { operations, opaque } = operationsIn({ action, script, env }, setting.repository);
  const read = {
    span: uses ?? run ?? node,
    node,
    id,
    runs,
    get env() {
      return env();
    },
    action,
    script,
    operations,
  };
  return { run: read, unseen: opaque };
}

/** An action whose inputs have no expression is the same in every run, and made once. */
function actionUse(step: Step, scope: Scope): ActionUse | undefined {
  return isPlain(step) ? plainUse(step) : useIn(step, scope);
}

const isPlain = remember(({ with: inputs }: Step) =>
  inputs.every(({ value }) => value.kind !== "scalar" || value.text?.includes("${{") !== true),
);
const plainUse = remember((step: Step) => useIn(step, { contexts: new Map() }));

function useIn({ with: inputs, uses }: Step, scope: Scope): ActionUse | undefined {
  if (uses === undefined) return undefined;
  const [name = "", ref = ""] = (uses.text ?? "").split("@", 2);
  return {
    name: localPath(name) === undefined ? name.toLowerCase() : name,
    ref,
    span: uses,
    inputs: fieldsOf(inputs, scope),
  };
}

function fieldsOf(entries: readonly Entry[], scope: Scope): ReadonlyMap<string, Field> {
  return new Map(
    entries.map(({ key, value }) => [
      (key.text ?? "").toLowerCase(),
      { value: textOrEmpty(valueIn(value, scope)), span: value },
    ]),
  );
}
