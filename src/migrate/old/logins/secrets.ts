import { linesOf } from "../../../lint/operations/settings.ts";
import type { Text } from "../../../lint/expressions/value.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { StepRun } from "../../../lint/model/pipeline.ts";
import type { Span } from "../../../lint/yaml/node.ts";
import type { Reading } from "../reading.ts";

/**
 * The secrets of a build as references: `id=npm,env=NPM_TOKEN`. `given` are those of the option
 * `secret`, which a command has as references, and docker/build-push-action with their values.
 */
export function secretsOf(
  given: readonly Field[],
  { action, env }: StepRun,
  reading: Reading,
): readonly string[] {
  const read = (fields: readonly Field[], refer: (id: string, value: Text) => string | undefined) =>
    fields.flatMap(({ value, span }) => {
      const equals = value.text.indexOf("=");
      const id = value.text.slice(0, equals).replace(/^"/, "");
      const reference =
        equals < 0 ? undefined : refer(id, { ...value, text: value.text.slice(equals + 1) });
      return reference ?? report(id, span, reading);
    });
  if (action === undefined) return given.flatMap((field) => commandSecret(field, env, reading));
  const ofEnvironment = (id: string, value: Text | undefined): string | undefined => {
    const name = value === undefined ? undefined : secretIn(value);
    return name === undefined ? undefined : `id=${id},env=${name}`;
  };
  return [
    ...read(given, ofEnvironment),
    ...read(linesOf(action.inputs.get("secret-envs")), (id, { text }) =>
      ofEnvironment(id, env.get(text)),
    ),
    ...read(linesOf(action.inputs.get("secret-files")), (id, { text, unknown }) =>
      unknown.length > 0 ? undefined : `id=${id},src=${text.replace(/^\.\//, "")}`,
    ),
  ];
}

function report(id: string, span: Span, { lost }: Reading): readonly string[] {
  lost.add(
    span,
    `the build secret ${id} does not come from a secret of the repository`,
    `add a secret to the repository, and secrets: ["id=${id},env=NAME"] to the variant`,
  );
  return [];
}

/** `id=npm,env=NPM_TOKEN`, with the secret that the step's environment has under that name. */
function commandSecret(
  { value, span }: Field,
  env: StepRun["env"],
  reading: Reading,
): readonly string[] {
  const attributes = new Map(
    value.text.split(",").map((part): [string, string] => {
      const [key = "", ...rest] = part.split("=");
      return [key.trim(), rest.join("=").trim()];
    }),
  );
  const id = attributes.get("id") ?? "";
  const file = attributes.get("src") ?? attributes.get("source");
  if (value.unknown.length > 0 || id === "") return report(id, span, reading);
  if (file !== undefined && attributes.get("type") !== "env") return [`id=${id},src=${file}`];
  const name = attributes.get("env") ?? file ?? id;
  const given = env.get(name);
  const secret = given === undefined ? undefined : secretIn(given);
  const isVariable = reading.event.context.provider === "gitlab";
  return secret === undefined && !isVariable
    ? report(id, span, reading)
    : [`id=${id},env=${secret ?? name}`];
}

/** The name of the secret that a text is: names of secrets have no lower case. */
export function secretIn({ text, unknown }: Text): string | undefined {
  const [only] = unknown;
  if (only === undefined || text.trim() !== `\${{ ${only.expression} }}`) return undefined;
  const token = only.expression === "github.token" ? "GITHUB_TOKEN" : undefined;
  return token ?? /^secrets\.(\w+)$/.exec(only.expression)?.[1]?.toUpperCase();
}
