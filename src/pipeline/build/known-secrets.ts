import { resolve } from "node:path";
import { readBounded } from "../../bounded-file.ts";
import { secretNames } from "../../buildkit/builder/environment.ts";
import { parseAttributes } from "../../csv.ts";
import { harmless } from "../../harmless.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import { isSecretName, secretValues } from "../../secrets.ts";

/** BuildKit takes no larger secret (session/secrets/secrets.go in moby/buildkit). */
const largestSecret = 500 << 10;

/** `DEBUG=true` is no secret. */
const shortestAssigned = 8;

/**
 * The secrets that builds of these legs may print: the values of their `secrets`, of arguments whose
 * names suggest a secret, and of such variables of the environment. `root` is what the paths of
 * secrets are relative to. A file that cannot be read is skipped.
 */
export async function knownSecrets(
  legs: readonly Pick<PlannedLeg, "build">[],
  { env, root }: { readonly env: NodeJS.ProcessEnv; readonly root: string },
): Promise<readonly string[]> {
  const secrets = [...new Set(legs.flatMap(({ build }) => build.secrets))];
  const args = legs
    .flatMap(({ build }) => Object.entries(build.args))
    .filter(([name]) => isSecretName(name))
    .map(([, value]) => value);
  const files = await Promise.all(
    secrets.flatMap(fileOf).map((file) => readValues(resolve(root, file))),
  );
  const values = [...secretValues(env, secretNames(secrets)), ...args, ...files.flat()];
  // Texts are made harmless before secrets are looked for in them.
  const printed = values.flatMap((value) => [value, harmless(value)]);
  return [...new Set(printed.filter((value) => value !== ""))];
}

/** Without `env` and a path, the id is the variable's name, or else the path. */
function fileOf(secret: string): readonly string[] {
  const fields = parseAttributes(secret);
  const path = fields.get("src") ?? fields.get("source") ?? fields.get("id");
  return path === undefined || fields.has("env") || fields.get("type") === "env" ? [] : [path];
}

/** A file's content, and what it assigns: a program may print the token of `.npmrc` alone. */
async function readValues(file: string): Promise<readonly string[]> {
  const bytes = await readBounded(file, largestSecret).catch(() => Buffer.alloc(0));
  const text = Buffer.from(bytes).toString().trim();
  return [text, ...text.split("\n").map(assigned), ...secretsInJson(text)];
}

/**
 * The values of JSON whose names suggest a secret, such as `auth` in Docker's config file: also
 * decoded, and then the password alone.
 */
function secretsInJson(text: string): readonly string[] {
  if (!text.startsWith("{")) return [];
  const found: string[] = [];
  try {
    JSON.parse(text, (name, value: unknown) => {
      if (typeof value === "string" && isSecretName(name)) found.push(value);
      return value;
    });
  } catch {
    // It only looks like JSON.
    return [];
  }
  const logins = found.map((value) => Buffer.from(value, "base64").toString());
  return [
    ...found,
    ...logins.flatMap((login) => /^[\x20-\x7e]+?:([\x20-\x7e]+)$/.exec(login)?.[1] ?? []),
  ];
}

/** `x` of `NAME="x"`; empty if it is too short to be a secret. */
function assigned(line: string): string {
  const at = line.indexOf("=");
  const value = line.slice(at + 1).trim();
  return at < 0 || value.length < shortestAssigned ? "" : value.replace(/^["']|["']$/g, "");
}
