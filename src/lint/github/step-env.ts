import { type Context, evaluate, type Scope } from "../expressions/evaluate.ts";
import { type Text, textOfValue } from "../expressions/value.ts";

/** Variables that every step has, each the value of the context's property of its name. */
const ofGithub = [
  ["ACTOR", "BASE_REF", "EVENT_NAME", "HEAD_REF", "JOB", "REF", "REF_NAME", "REF_TYPE"],
  ["REPOSITORY", "REPOSITORY_OWNER", "RUN_ATTEMPT", "RUN_ID", "RUN_NUMBER", "SERVER_URL", "SHA"],
  ["TRIGGERING_ACTOR", "WORKFLOW", "WORKSPACE"],
].flat();

const known = new WeakMap<Context, ReadonlyMap<string, Text>>();

/**
 * The environment of a step's commands: GitHub's own variables, and those that the files set. Steps
 * of a job that set no variables of their own have the same.
 */
export function stepEnv(scope: Scope): ReadonlyMap<string, Text> {
  const own = scope.contexts.get("env");
  const before = own === undefined ? undefined : known.get(own);
  if (before !== undefined) return before;
  const github = ofGithub.map((name): [string, Text] => {
    const value = evaluate(`github.${name.toLowerCase()}`, scope);
    return [`GITHUB_${name}`, textOfValue(value)];
  });
  const set = Object.entries(own?.values ?? {}).map(([name, value]): [string, Text] => {
    return [name, textOfValue(value)];
  });
  const env = new Map([...github, ...set]);
  if (own !== undefined) known.set(own, env);
  return env;
}
