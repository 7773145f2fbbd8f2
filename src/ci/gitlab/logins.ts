import type { SecretNames } from "../../config/ci/ci-config.ts";
import { type Access, loginFor, type Registry } from "../registries.ts";
import { quote } from "../quote.ts";

/** The registry of gitlab.com, which takes the job's token; any other is known when a job runs. */
export const ownRegistry = "registry.gitlab.com";

/** Lines of a script that log in to the registries; undefined if there is nothing to do. */
export function loginScript(registries: readonly Registry[], access: Access): string | undefined {
  const lines = registries.map((registry) => loginLine(registry, access));
  if (lines.length === 0) return undefined;
  return [access === "untrusted" ? tryLogin : mustLogin, ...lines].join("\n");
}

function loginLine(registry: Registry, access: Access): string {
  const names = loginFor(registry, access);
  return [
    "login",
    quote(registry.host),
    ...(names === undefined ? ["'' ''"] : wordsOf(names)),
  ].join(" ");
}

function wordsOf({ username, password }: SecretNames): readonly string[] {
  return [`"\${${username}-}"`, `"\${${password}-}"`, quote(`${username} and ${password}`)];
}

/** The GitLab instance's own registry takes the job's token, if no other login is set. */
const useToken = `  if [ "$1" = "\${CI_REGISTRY-}" ] && [ -z "$2" ]; then
    set -- "$1" "\${CI_REGISTRY_USER-}" "\${CI_REGISTRY_PASSWORD-}" "CI_REGISTRY_USER and CI_REGISTRY_PASSWORD"
  fi`;

const logIn = `  printf '%s' "$3" | docker login --username "$2" --password-stdin "$1"
}`;

const mustLogin = `login() {
${useToken}
  if [ -z "$2" ] || [ -z "$3" ]; then
    echo "error: no login for $1: the variables \${4:-CI_REGISTRY_USER and CI_REGISTRY_PASSWORD} are not set" >&2
    echo "  set them in the project's settings; a protected variable exists only on protected branches and tags" >&2
    exit 1
  fi
${logIn}`;

const tryLogin = `login() {
${useToken}
  if [ -z "$2" ] || [ -z "$3" ]; then
    echo "no login for $1, so it is read anonymously\${4:+: the variables $4 are not set}" >&2
    return 0
  fi
${logIn}`;
