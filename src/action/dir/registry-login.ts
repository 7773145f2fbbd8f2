import { homedir } from "node:os";
import { UsageError } from "../../errors.ts";
import type { Inputs } from "../process/inputs.ts";

export const loginInputs = ["registry", "username", "password", "token"] as const;

type LoginInputs = Pick<Inputs<(typeof loginInputs)[number]>, "text">;

/** GitHub's own registry, which takes the job's token from any user. */
const ownRegistry = "ghcr.io";

/**
 * The environment with the logins of the inputs: a runner may have no Docker to log in with, as
 * macOS has none. A fork's pull request has no secrets: without a password, there is no login. The
 * token is sent to nothing but ghcr.io, and only if Docker has no login for it.
 */
export async function withLogins(
  inputs: LoginInputs,
  env: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const given = givenLogin(inputs);
  const token = inputs.text("token");
  const isOpen = given[ownRegistry] === undefined && token !== undefined;
  const own =
    isOpen && !(await hasLogin(ownRegistry, env))
      ? { [ownRegistry]: authOf("x-access-token", token) }
      : {};
  const auths = { ...given, ...own };
  if (Object.keys(auths).length === 0) return env;
  return { ...env, DOCKER_AUTH_CONFIG: withAuths(env["DOCKER_AUTH_CONFIG"], auths) };
}

type Auths = Readonly<Record<string, { readonly auth: string }>>;

function givenLogin(inputs: LoginInputs): Auths {
  const [registry, username, password] = (["registry", "username", "password"] as const).map(
    (name) => inputs.text(name),
  );
  if (username === undefined || password === undefined) return {};
  if (registry !== undefined) return { [registry]: authOf(username, password) };
  throw new UsageError("the inputs username and password are for a registry, and none is given", {
    hint: "set registry to its host, such as quay.io",
  });
}

function authOf(username: string, password: string): { readonly auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString("base64") };
}

/** A login that cannot be read counts: what is wrong with it is said when it is needed. */
async function hasLogin(host: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { dockerCredentials } = await import("../../registry/auth/credentials.ts");
  const find = dockerCredentials({ env, home: homedir(), uid: process.getuid?.() });
  try {
    return (await find({ host, path: "" })) !== undefined;
  } catch {
    return true;
  }
}

/** Other logins of the variable stay. */
function withAuths(text: string | undefined, auths: Auths): string {
  const before: unknown = parsed(text);
  const config = isMap(before) ? before : {};
  const others = isMap(config["auths"]) ? config["auths"] : {};
  return JSON.stringify({ ...config, auths: { ...others, ...auths } });
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
