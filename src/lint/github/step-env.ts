import { evaluate, type Scope } from "../expressions/evaluate.ts";
import { type Text, textOfValue } from "../expressions/value.ts";

/** Variables that every step has, each the value of the context's property of its name. */
const ofGithub = [
  ["ACTOR", "BASE_REF", "EVENT_NAME", "HEAD_REF", "JOB", "REF", "REF_NAME", "REF_TYPE"],
  ["REPOSITORY", "REPOSITORY_OWNER", "RUN_ATTEMPT", "RUN_ID", "RUN_NUMBER", "SERVER_URL", "SHA"],
  ["TRIGGERING_ACTOR", "WORKFLOW", "WORKSPACE"],
].flat();

/** The environment of a step's commands: GitHub's own variables, and those that the files set. */
export function stepEnv(scope: Scope): ReadonlyMap<string, Text> {
  const own = scope.contexts.get("env")?.values ?? {};
  return new Map([
    ...ofGithub.map((name): [string, Text] => {
      const value = evaluate(`github.${name.toLowerCase()}`, scope);
      return [`GITHUB_${name}`, textOfValue(value)];
    }),
    ...Object.entries(own).map(([name, value]): [string, Text] => [name, textOfValue(value)]),
  ]);
}
