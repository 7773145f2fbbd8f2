import { operationsIn } from "../../operations/operations-in.ts";
import { holds } from "../../expressions/evaluate.ts";
import type { Scope } from "../../expressions/scope.ts";
import { both, type Tri } from "../../expressions/value.ts";
import type { Opaque, StepRun } from "../../model/pipeline.ts";
import { compositeSteps } from "./composite.ts";
import { withEnv } from "../contexts.ts";
import { sharedSteps } from "./shared-steps.ts";
import { environmentOf, stepEnv } from "./step-env.ts";
import type { ReadSteps, StepsSetting } from "./steps-setting.ts";
import { scopeAfter, withOutputs } from "../scope-after.ts";
import { scriptOf } from "./scripts.ts";
import { useIn } from "./use-in.ts";
import type { Step } from "../workflow.ts";

/** Reads steps in their order, with those of composite actions in place. */
export function readSteps(steps: readonly Step[], setting: StepsSetting): ReadSteps {
  return sharedSteps(steps, setting, readAll);
}

function readAll(steps: readonly Step[], setting: StepsSetting): ReadSteps {
  const read: StepRun[] = [];
  const opaque: Opaque[] = [];
  let { scope } = setting;
  for (const step of steps) {
    const found = sharedSteps(step, { ...setting, scope }, readStep);
    read.push(...found.steps);
    opaque.push(...found.opaque);
    scope = withOutputs(step, found.steps, scopeAfter(found.steps, scope));
  }
  return { steps: read, opaque };
}

/** A step, and those of the composite action that it uses; nothing if it is certainly skipped. */
function readStep(step: Step, setting: StepsSetting): ReadSteps {
  setting.budget.spend(costOf(step, setting.scope));
  const scope = withEnv(setting.scope, step.env);
  const condition = step.if === undefined ? true : holds(step.if.text ?? "", scope);
  const runs = both(setting.within, condition);
  if (runs === false) return { steps: [], opaque: [] };
  const { run, unseen } = stepRun(step, scope, runs, setting);
  const inner = compositeSteps(run, { ...setting, scope, within: runs }, readSteps);
  return { steps: [run, ...inner.steps], opaque: [...unseen, ...inner.opaque] };
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
  const action = useIn(step, scope);
  const script = scriptOf(step, action, scope, setting);
  const env = environmentOf(scope);
  const { operations, opaque, sets } = operationsIn({ action, script, env }, setting.repository);
  const span = uses ?? run ?? node;
  return {
    run: { span, node, id, runs, env: stepEnv(scope), action, script, operations, sets },
    unseen: opaque,
  };
}
