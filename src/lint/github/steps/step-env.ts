import { evaluate } from "../../expressions/evaluate.ts";
import { type Context, entryOf, type Scope } from "../../expressions/scope.ts";
import { type Text, textOfValue } from "../../expressions/value.ts";
import type { Environment } from "../../model/environment.ts";
import { remember } from "../../remember.ts";

/** Variables that every step has, each the value of the context's property of its name. */
const ofGithub = new Set(
  [
    ["ACTOR", "BASE_REF", "EVENT_NAME", "HEAD_REF", "JOB", "REF", "REF_NAME", "REF_TYPE"],
    ["REPOSITORY", "REPOSITORY_OWNER", "RUN_ATTEMPT", "RUN_ID", "RUN_NUMBER", "SERVER_URL", "SHA"],
    ["TRIGGERING_ACTOR", "WORKFLOW", "WORKSPACE"],
  ]
    .flat()
    .map((name) => `GITHUB_${name}`),
);

/** The environment of a step's commands: what is set for it, and GitHub's own variables. */
export function environmentOf(scope: Scope): Environment {
  const known = new Map<string, Text | undefined>();
  return {
    get: (name) => {
      if (!known.has(name)) known.set(name, variableIn(scope, name));
      return known.get(name);
    },
  };
}

function variableIn(scope: Scope, name: string): Text | undefined {
  scope.asked?.({ context: "env", about: "entry", name });
  const set = entryOf(scope.contexts.get("env")?.values ?? {}, name);
  if (set !== undefined) return textOfValue(set);
  if (!ofGithub.has(name)) return undefined;
  return textOfValue(evaluate(`github.${name.slice("GITHUB_".length).toLowerCase()}`, scope));
}

/** The variables that are set for a step. */
export function stepEnv(scope: Scope): ReadonlyMap<string, Text> {
  scope.asked?.({ context: "env", about: "values" });
  const env = scope.contexts.get("env");
  return env === undefined ? new Map() : textsOf(env);
}

const textsOf = remember(
  ({ values }: Context) =>
    new Map(Object.entries(values).map(([name, value]) => [name, textOfValue(value)])),
);
