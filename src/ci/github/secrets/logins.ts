import { type Access, loginFor, type Registry } from "../../registries.ts";
import type { Login } from "../blueprints/blueprint.ts";
import type { Mapping, Permissions, Step } from "../document.ts";
import { expression } from "../expressions.ts";
import { pinnedActions } from "../pinned-actions.ts";

/** The registry that takes the job's own token. */
export const ownRegistry = "ghcr.io";

/** The logins of a job, with no more rights than its access needs. */
export function loginTo(registries: readonly Registry[], access: Access): Login {
  const found = registries.flatMap((registry) => loginOf(registry, access) ?? []);
  const env = Object.assign({}, ...found.map((login) => login.env)) as Record<string, string>;
  const own = found.some(({ isOwn }) => isOwn);
  const isWritten = registries.some(({ host, written }) => host === ownRegistry && written);
  const packages = access === "write" && isWritten ? "write" : "read";
  const permissions: Permissions = { contents: "read", ...(own ? { packages } : {}) };
  return {
    permissions,
    env: Object.keys(env).length === 0 ? undefined : env,
    steps: found.map(({ step }) => step),
  };
}

/** The login of a job that only asks one registry, as inputs of the action `dir`. */
export function dirLoginTo(
  registries: readonly Registry[],
  host: string,
  access: Access,
): { readonly permissions: Permissions; readonly login: Mapping } {
  const registry = registries.find((one) => one.host === host);
  const names = registry === undefined ? undefined : loginFor(registry, access);
  const { permissions } = loginTo(registry === undefined ? [] : [registry], access);
  if (names === undefined) return { permissions, login: {} };
  const [username, password] = [names.username, names.password].map((name) =>
    expression(`secrets.${name}`),
  );
  return { permissions, login: { registry: host, username, password } };
}

/** A step that logs in to one registry. */
function loginStep(host: string, username: string, password: string, condition?: string): Step {
  // Without a registry, the action logs in to Docker Hub.
  const registry = host === "docker.io" ? {} : { registry: host };
  return {
    name: `Log in to ${host}`,
    if: condition,
    uses: pinnedActions.login.uses,
    with: { ...registry, username: expression(username), password: expression(password) },
  };
}

/** The login with the job's token. */
export const ownLoginStep: Step = loginStep(ownRegistry, "github.actor", "github.token");

interface OneLogin {
  readonly isOwn: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly step: Step;
}

function loginOf(registry: Registry, access: Access): OneLogin | undefined {
  const { host, login } = registry;
  if (login === undefined) return { isOwn: true, env: {}, step: ownLoginStep };
  const names = loginFor(registry, access);
  if (names === undefined) return undefined;
  const { username, password } = names;
  const given = [host, `secrets.${username}`, `secrets.${password}`] as const;
  if (access !== "untrusted") return { isOwn: false, env: {}, step: loginStep(...given) };
  // A fork has no secrets: it asks the registry anonymously.
  const flag = `HAS_${username}`;
  return {
    isOwn: false,
    env: { [flag]: expression(`secrets.${username} != ''`) },
    step: loginStep(...given, `env.${flag} == 'true'`),
  };
}
