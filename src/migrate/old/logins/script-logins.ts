import { isSecretName } from "../../../config/ci/secret-name.ts";
import type { StepRun } from "../../../lint/model/pipeline.ts";
import type { Reading } from "../reading.ts";
import { secretIn } from "./secrets.ts";
import { constant } from "../texts.ts";
import type { WrittenLogin } from "./written-login.ts";

/** The logins of `docker login` and the like in a script, with the variables that they name. */
export function scriptLogins(step: StepRun, reading: Reading): readonly WrittenLogin[] {
  const { script, operations, span } = step;
  if (script === undefined) return [];
  const registries = operations.flatMap((operation) =>
    operation.kind === "login" ? [operation.registry] : [],
  );
  const lines = script.value.text
    .replace(/\\\r?\n\s*/g, " ")
    .split("\n")
    .filter((line) =>
      /\b(?:docker|podman|buildah|skopeo)\b.*\blogin\b|\bcrane auth login\b/.test(line),
    );
  return registries.map((registry, at): WrittenLogin => {
    // A loop logs in several times with one line.
    const line = lines[at] ?? lines.at(-1) ?? "";
    return {
      span,
      registry: constant(registry, reading),
      username: secretNamed(userOf(line), step, reading),
      password: secretNamed(passwordOf(line), step, reading),
    };
  });
}

const word = String.raw`("[^"]*"|'[^']*'|\$\{\{.*?\}\}|[^\s|]+)`;

function userOf(line: string): string | undefined {
  return new RegExp(String.raw`\s(?:-u|--username)[\s=]*${word}`).exec(line)?.[1];
}

/** Of an option, of `echo … |`, of `printf '%s' … |` or of `<<<`. */
function passwordOf(line: string): string | undefined {
  const patterns = [
    String.raw`\s(?:-p|--password)[\s=]+${word}`,
    String.raw`\becho\s+(?:-n\s+)?${word}\s*\|`,
    String.raw`\bprintf\s+(?:["']?%s(?:\\n)?["']?\s+)?${word}\s*\|`,
    String.raw`<<<\s*${word}`,
  ];
  for (const pattern of patterns) {
    const found = new RegExp(pattern).exec(line)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The secret that a word of a script is: `$NAME` is the environment's, or GitLab's variable. */
function secretNamed(
  text: string | undefined,
  { script, env }: StepRun,
  { event }: Reading,
): string | undefined {
  const plain = text?.replace(/^(["'])(.*)\1$/, "$2") ?? "";
  const expression = script?.value.unknown.find((one) => plain === `\${{ ${one.expression} }}`);
  if (expression !== undefined) return secretIn({ text: plain, unknown: [expression] });
  const [, name] = /^\$\{?(\w+)\}?$/.exec(plain) ?? [];
  if (name === undefined) return undefined;
  const value = env.get(name);
  const given = value === undefined ? undefined : secretIn(value);
  if (event.context.provider !== "gitlab") return given;
  return isSecretName(name) ? name : undefined;
}
