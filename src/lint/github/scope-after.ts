import { type Context, type Scope, withContext } from "../expressions/scope.ts";
import { type Text, Unknown, type Value, valueOfText } from "../expressions/value.ts";
import type { StepRun } from "../model/pipeline.ts";
import type { Step } from "./workflow.ts";

/**
 * The scope after steps that set variables for later ones: their values are unknown. Scripts write
 * to `GITHUB_ENV`, and docker/metadata-action exports its outputs. Other actions are taken to
 * export nothing that matters.
 */
export function scopeAfter(steps: readonly StepRun[], scope: Scope): Scope {
  const scripts = steps.map(scriptOf).filter((text) => /GITHUB_ENV|exportVariable/.test(text));
  const isMeta = steps.some(({ action }) => action?.name === "docker/metadata-action");
  if (scripts.length === 0 && !isMeta) return scope;
  const names = [...scripts.flatMap(namesIn), ...(isMeta ? outputsOfMetadata : [])];
  // Of several steps, the last one decides, and it is not known which of them that is.
  const [only, ...others] = steps;
  const isSure = others.length === 0 && only?.runs === true;
  const set = isSure ? (only.sets?.variables ?? none) : none;
  const changed = names.map((name): [string, Value] => {
    const text = set.get(name);
    return [name, text === undefined ? new Unknown(`env.${name}`, "job") : valueOfText(text)];
  });
  const before = scope.contexts.get("env");
  const env = {
    values: { ...before?.values, ...Object.fromEntries(changed) },
    open: before?.open !== false || scripts.some(setsAnything),
    constancy: "job",
  } as const;
  return withContext(scope, "env", env);
}

/** The scope after a step, with what its script certainly writes to its outputs. */
export function withOutputs({ id, node }: Step, steps: readonly StepRun[], scope: Scope): Scope {
  const own = steps.find((one) => one.node === node);
  const outputs = own?.runs === true ? (own.sets?.outputs ?? none) : none;
  if (id === undefined || outputs.size === 0) return scope;
  const values = Object.fromEntries([...outputs].map(([name, text]) => [name, valueOfText(text)]));
  const before = scope.contexts.get("steps");
  const context: Context = {
    values: { ...before?.values, [id]: { outputs: values } },
    open: true,
    constancy: "job",
  };
  return withContext(scope, "steps", context);
}

const none: ReadonlyMap<string, Text> = new Map();

function scriptOf({ script, action }: StepRun): string {
  const given = action?.name === "actions/github-script" ? action.inputs.get("script") : script;
  return given?.value.text ?? "";
}

/** What a script may set: `NAME=…`, `NAME<<END` and `exportVariable("NAME", …)`. */
function namesIn(script: string): readonly string[] {
  const all = script.matchAll(/\b([A-Za-z_]\w*)(?==|<<)|exportVariable\(\s*["'`](\w+)/g);
  return [...all].flatMap(([, assigned, exported]) => assigned ?? exported ?? []);
}

/** Whether a script may set variables that it does not name, such as those of a file. */
function setsAnything(script: string): boolean {
  if (namesIn(script).length === 0) return true;
  return script
    .split("\n")
    .some(
      (line) => /GITHUB_ENV/.test(line) && /\b(?:cat|tee|sed|awk|jq|grep|printenv)\b/.test(line),
    );
}

const outputsOfMetadata = [
  ...["VERSION", "TAGS", "TAG_NAMES", "LABELS", "ANNOTATIONS", "JSON", "BAKE_FILE"],
  ...["BAKE_FILE_TAGS", "BAKE_FILE_LABELS", "BAKE_FILE_ANNOTATIONS"],
].map((name) => `DOCKER_METADATA_OUTPUT_${name}`);
