import { UsageError } from "../../errors.ts";

/** What proves to a registry who we are. */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, to be exchanged at the token endpoint. */
  | { readonly kind: "identity"; readonly token: string }
  /** A bearer token that is sent as it is. */
  | { readonly kind: "bearer"; readonly token: string };

/** The part of a Docker or podman config file that holds credentials. */
export interface DockerConfig {
  /** Where it came from, for messages. */
  readonly file: string;
  readonly credsStore: string | undefined;
  readonly credHelpers: Readonly<Record<string, string>>;
  /** Keys as in the file: a host, a URL, or a host and a path. */
  readonly auths: Readonly<Record<string, Credential>>;
}

/**
 * Parses Docker's `config.json` or podman's `auth.json`, which has the same format. Throws a usage
 * error that names the file and the key, but quotes none of its text.
 */
export function parseDockerConfig(text: string, file: string): DockerConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // No cause: the parser's message may quote a secret.
    throw malformed(file, "it is not JSON");
  }
  const root = objectOf(value);
  if (root === undefined) throw malformed(file, "it is not a JSON object");
  const store = root["credsStore"];
  const auths: Record<string, Credential> = {};
  for (const [key, entry] of Object.entries(section(root, "auths", file))) {
    const credential = parseAuth(objectOf(entry) ?? {}, key, file);
    if (credential !== undefined) auths[key] = credential;
  }
  const helpers = Object.entries(section(root, "credHelpers", file)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
  );
  return {
    file,
    credsStore: typeof store === "string" && store !== "" ? store : undefined,
    credHelpers: Object.fromEntries(helpers),
    auths,
  };
}

function parseAuth(
  entry: Readonly<Record<string, unknown>>,
  key: string,
  file: string,
): Credential | undefined {
  const text = (name: string): string => {
    const value = entry[name];
    return typeof value === "string" ? value : "";
  };
  if (text("identitytoken") !== "") return { kind: "identity", token: text("identitytoken") };
  if (text("registrytoken") !== "") return { kind: "bearer", token: text("registrytoken") };
  if (text("auth") !== "") {
    const pair = Buffer.from(text("auth"), "base64").toString("utf8");
    const colon = pair.indexOf(":");
    if (colon < 1) {
      throw malformed(file, `"auth" for ${key} is not user:password in base64`);
    }
    // Docker's own tools end some of these with a zero byte.
    const password = pair.slice(colon + 1).replace(/\0+$/, "");
    return { kind: "basic", username: pair.slice(0, colon), password };
  }
  if (text("username") === "") return undefined;
  return { kind: "basic", username: text("username"), password: text("password") };
}

function section(
  root: Readonly<Record<string, unknown>>,
  name: string,
  file: string,
): Readonly<Record<string, unknown>> {
  const value = root[name];
  if (value === undefined || value === null) return {};
  const found = objectOf(value);
  if (found === undefined) throw malformed(file, `"${name}" is not an object`);
  return found;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

function malformed(file: string, why: string): UsageError {
  return new UsageError(`cannot read the credentials in ${file}: ${why}`, {
    hint: "fix the file, or recreate it with `docker login`",
  });
}
