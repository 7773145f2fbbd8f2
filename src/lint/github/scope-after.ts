import { type Scope, withContext } from "../expressions/scope.ts";
import { Unknown, type Value } from "../expressions/value.ts";
import type { StepRun } from "../model/pipeline.ts";

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
  const changed = names.map((name): [string, Value] => [name, new Unknown(`env.${name}`, "job")]);
  const before = scope.contexts.get("env");
  const env = {
    values: { ...before?.values, ...Object.fromEntries(changed) },
    open: before?.open !== false || scripts.some(setsAnything),
    constancy: "job",
  } as const;
  return withContext(scope, "env", env);
}

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
