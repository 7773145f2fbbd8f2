import { UsageError } from "../errors.ts";
import { isRepositoryPath } from "../oci/reference.ts";
import type { CredentialEntry } from "./config.ts";
import type { Report } from "./schema/report.ts";
import type { RawCredentials } from "./schema/schema.ts";
import { checkHost } from "./schema/sections.ts";
import type { Path } from "./yaml/yaml-file.ts";

type RawEntry = RawCredentials[number];
const tokenKinds = { "token-env": "bearer", "identity-token-env": "identity" } as const;
const ways =
  "set username-env and password-env, or token-env, or identity-token-env, to the names of environment variables";

/** Checks `credentials`; problems go to the report. */
export function normaliseCredentials(
  raw: RawCredentials | undefined,
  report: Report,
): CredentialEntry[] {
  const entries: CredentialEntry[] = [];
  (raw ?? []).forEach((entry, index) => {
    const path = ["credentials", index];
    const repository = repositoryOf(entry, path, report);
    const variables = variablesOf(entry, path, report);
    if (repository === undefined || variables === undefined) return;
    if (entries.some((known) => known.repository === repository)) {
      report.add([...path, "repository"], `credentials has two entries for ${repository}`);
    }
    entries.push({ repository, variables });
  });
  return entries;
}

function repositoryOf({ repository }: RawEntry, path: Path, report: Report): string | undefined {
  if (repository === undefined) {
    report.add(
      path,
      "the entry has no repository",
      "add a repository or host, such as repository: quay.io/acme/*",
    );
    return undefined;
  }
  return report.try([...path, "repository"], () => parsePattern(repository));
}

/** A host, a repository, or all repositories below a path. */
function parsePattern(text: string): string {
  const [host = "", ...parts] = text.split("/");
  if (!/[.:]/.test(host) && host !== "localhost") {
    throw new UsageError(`"${text}" does not start with a registry host`, {
      hint: `write it in full, such as docker.io/${text}`,
    });
  }
  checkHost(host);
  const below = parts.at(-1) === "*";
  const path = (below ? parts.slice(0, -1) : parts).join("/");
  if (path !== "" && !isRepositoryPath(path)) {
    throw new UsageError(`"${text}" is not a repository`, {
      hint: path.includes("*")
        ? "use * only as the last part, as in quay.io/acme/*"
        : "use only lowercase letters",
    });
  }
  if (parts.length > 0 && path === "" && !below) {
    throw new UsageError(`"${text}" is not a repository`, { hint: `write ${host}` });
  }
  // The name that references use, however it is written here.
  const name = host === "index.docker.io" ? "docker.io" : host;
  return [name, path, below && path !== "" ? "*" : ""].filter((part) => part !== "").join("/");
}

function variablesOf(
  entry: RawEntry,
  path: Path,
  report: Report,
): CredentialEntry["variables"] | undefined {
  const keys = ["username-env", "password-env", "token-env", "identity-token-env"] as const;
  const given = keys.filter((key) => entry[key] !== undefined);
  let sound = true;
  for (const key of given) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(entry[key] ?? "")) continue;
    // Not quoted: it may be the secret in the wrong place.
    report.add([...path, key], `${key} is not a valid environment variable name`, ways);
    sound = false;
  }
  const { "username-env": username, "password-env": password } = entry;
  const [only] = given;
  if (given.length === 2 && username !== undefined && password !== undefined) {
    return sound ? { kind: "basic", username, password } : undefined;
  }
  if (given.length === 1 && (only === "token-env" || only === "identity-token-env")) {
    return sound ? { kind: tokenKinds[only], token: entry[only] ?? "" } : undefined;
  }
  const what = given.length === 0 ? "no credentials" : given.join(" and ");
  report.add(path, `the entry has ${what}`, ways);
  return undefined;
}
