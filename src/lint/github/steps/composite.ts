import { type Context, withContext } from "../../expressions/scope.ts";
import { type Value, valueOfText } from "../../expressions/value.ts";
import type { StepRun } from "../../model/pipeline.ts";
import { at, entriesOf, textOf } from "../../yaml/node.ts";
import { readNodes } from "../../yaml/read-nodes.ts";
import { scalarValue } from "../../yaml/json-of.ts";
import { localPath } from "../local-path.ts";
import type { ReadSteps, StepsSetting } from "./steps-setting.ts";
import { type Step, stepsOf } from "../workflow.ts";

/** "You can nest up to ten composite actions." */
const deepest = 10;
const none: ReadSteps = { steps: [], opaque: [] };

/** The steps of a composite action in the repository that a step uses; `read` reads them. */
export function compositeSteps(
  { action }: StepRun,
  setting: StepsSetting,
  read: (steps: readonly Step[], setting: StepsSetting) => ReadSteps,
): ReadSteps {
  const folder = action === undefined ? undefined : localPath(action.name);
  if (action === undefined || folder === undefined) return none;
  const { name, span, inputs } = action;
  const { repository, depth } = setting;
  const file = ["action.yml", "action.yaml", "Dockerfile"]
    .map((base) => repository.read(folder === "" ? base : `${folder}/${base}`))
    .find((found) => found !== undefined);
  const unseen = (why: string): ReadSteps => ({ steps: [], opaque: [{ span, why }] });
  if (file === undefined) return unseen(`the action ${name} was not found in the repository`);
  if (depth >= deepest) return unseen(`the action ${name} is nested too deeply`);
  const { root, problems } = file.path.endsWith("Dockerfile") ? empty : readNodes(file);
  if (problems.length > 0) return unseen(`${file.path} is not valid YAML`);
  if (textOf(at(root, "runs", "using")) !== "composite") return none;
  const given: Record<string, Value> = {};
  for (const { key, value } of entriesOf(at(root, "inputs"))) {
    const preset = at(value, "default");
    given[(key.text ?? "").toLowerCase()] =
      preset?.kind === "scalar" ? (scalarValue(preset) ?? "") : "";
  }
  for (const [key, { value }] of inputs) given[key] = value.orEmpty ?? valueOfText(value);
  const context: Context = { values: given, open: false, constancy: "job" };
  const outer = withContext(setting.scope, "inputs", context);
  // Its steps have ids of their own.
  const scope = withContext(outer, "steps", { values: {}, open: true, constancy: "job" });
  const defaults = { shell: undefined, folder: undefined };
  return read(stepsOf(at(root, "runs", "steps")), {
    ...setting,
    scope,
    defaults,
    depth: depth + 1,
  });
}

const empty = { root: undefined, problems: [] };
