import { checkHost } from "../schema/sections.ts";
import type { RawLogin } from "../schema/ci-schema.ts";
import type { Report } from "../schema/report.ts";
import type { Path } from "../yaml/yaml-file.ts";
import type { RegistryLogin, SecretNames } from "./ci-config.ts";
import { isSecretName } from "./secret-name.ts";

type RawNames = NonNullable<RawLogin["read"]>;

/** Checks `ci.logins`, with hosts in our spelling as keys; problems go to the report. */
export function normaliseLogins(
  raw: Readonly<Record<string, RawLogin>>,
  report: Report,
): Record<string, RegistryLogin> {
  const logins: Record<string, RegistryLogin> = {};
  for (const [given, login] of Object.entries(raw)) {
    const path = ["ci", "logins", given];
    report.try(path, () => checkHost(given), "key");
    // The name that references use, however it is written here.
    const host = given === "index.docker.io" ? "docker.io" : given;
    if (host in logins) report.add(path, `ci.logins lists ${host} twice`, undefined, "key");
    const { read } = login;
    const names = namesOf(login, path, report);
    const reading = read === undefined ? undefined : namesOf(read, [...path, "read"], report);
    if (names !== undefined) logins[host] = { ...names, read: reading };
  }
  return logins;
}

function namesOf(raw: RawNames, path: Path, report: Report): SecretNames | undefined {
  const { username, password } = raw;
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? "username" : "password";
    const hint =
      "set username and password to the names of secrets, such as QUAY_USERNAME and QUAY_PASSWORD";
    report.add(path, `${path.slice(1).join(".")} has no ${missing}`, hint, "key");
    return undefined;
  }
  const isName = (key: "username" | "password", name: string): boolean => {
    if (isSecretName(name)) return true;
    // Not quoted: it may be the secret in the wrong place.
    const hint =
      "use the name of a secret, not the secret itself: letters, digits and _, not starting with a digit or GITHUB_";
    report.add([...path, key], `${key} is not a valid secret name`, hint);
    return false;
  };
  const [first, second] = [isName("username", username), isName("password", password)];
  return first && second ? { username, password } : undefined;
}
