import { linesOf } from "../../lint/operations/settings.ts";
import type { Text } from "../../lint/expressions/value.ts";
import type { StepRun } from "../../lint/model/pipeline.ts";
import type { Reading } from "./reading.ts";

/** The secrets of a docker/build-push-action step as references: `id=npm,env=NPM_TOKEN`. */
export function secretsOf({ action, env }: StepRun, { lost }: Reading): readonly string[] {
  if (action === undefined) return [];
  const read = (name: string, refer: (id: string, value: Text) => string | undefined) =>
    linesOf(action.inputs.get(name)).flatMap(({ value, span }) => {
      const equals = value.text.indexOf("=");
      const id = value.text.slice(0, equals).replace(/^"/, "");
      const text = value.text.slice(equals + 1);
      const reference = equals < 0 ? undefined : refer(id, { ...value, text });
      if (reference === undefined) {
        lost.add(
          span,
          `the build secret ${id} does not come from a secret of the repository`,
          `add a secret to the repository, and secrets: ["id=${id},env=NAME"] to the variant`,
        );
      }
      return reference ?? [];
    });
  return [
    ...read("secrets", (id, value) => {
      const name = secretIn(value);
      return name === undefined ? undefined : `id=${id},env=${name}`;
    }),
    ...read("secret-envs", (id, { text }) => {
      const value = env.get(text);
      const name = value === undefined ? undefined : secretIn(value);
      return name === undefined ? undefined : `id=${id},env=${name}`;
    }),
    ...read("secret-files", (id, { text, unknown }) =>
      unknown.length > 0 ? undefined : `id=${id},src=${text.replace(/^\.\//, "")}`,
    ),
  ];
}

/** The name of the secret that a text is: names of secrets have no lower case. */
export function secretIn({ text, unknown }: Text): string | undefined {
  const [only] = unknown;
  if (only === undefined || text.trim() !== `\${{ ${only.expression} }}`) return undefined;
  const token = only.expression === "github.token" ? "GITHUB_TOKEN" : undefined;
  return token ?? /^secrets\.(\w+)$/.exec(only.expression)?.[1]?.toUpperCase();
}
