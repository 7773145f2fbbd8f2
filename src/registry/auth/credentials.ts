import { type Credential, type DockerConfig, parseDockerConfig } from "./docker-config.ts";
import { readFile as readFileFromDisk } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, systemCodeOf, UsageError } from "../../errors.ts";
import { type Exec, exec as runProgram } from "../../exec.ts";
import type { Repository } from "../../oci/reference.ts";
import { once } from "../../once.ts";

/** Finds the credential for a repository; undefined for anonymous access. */
export type CredentialSource = (repository: Repository) => Promise<Credential | undefined>;

/** No credentials at all. */
export const anonymous: CredentialSource = () => Promise.resolve(undefined);

export interface DockerCredentialOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder. */
  readonly home: string;
  /** The user's id, if the system has them: podman uses it in a path. */
  readonly uid?: number | undefined;
  /** Called with a sentence if `DOCKER_AUTH_CONFIG` cannot be read, and is ignored. */
  readonly warn?: (message: string) => void;
  readonly readFile?: (path: string) => Promise<string>;
  readonly exec?: Exec;
  /** Ends a running helper. */
  readonly signal?: AbortSignal | undefined;
}

/** The key for Docker Hub in Docker's tools. */
const hubKey = "https://index.docker.io/v1/";
const hubHosts = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const helperTimeoutMs = 45_000;

/**
 * The user's own credentials, from the first of these that has any for a repository:
 * `DOCKER_AUTH_CONFIG`, Docker's `config.json` (in `DOCKER_CONFIG` or `~/.docker`), podman's
 * `auth.json`. In each, a helper in `credHelpers` comes before `credsStore`, and that before
 * `auths`. Each file is read once, on first use.
 *
 * The source throws a usage error for a file that cannot be read, and a command error for a helper
 * that fails; neither contains a secret. A `DOCKER_AUTH_CONFIG` that cannot be read causes a
 * warning, as in Docker's own command line, and the files are used.
 */
export function dockerCredentials(options: DockerCredentialOptions): CredentialSource {
  const configs = once(() => readConfigs(options));
  const helped = new Map<string, Promise<Credential | undefined>>();
  const ask = (helper: string, server: string, file: string): Promise<Credential | undefined> => {
    const key = `${helper} ${server}`;
    const answer = helped.get(key) ?? askHelper(options, helper, server, file);
    helped.set(key, answer);
    return answer;
  };
  return async (repository) => {
    for (const config of await configs()) {
      const found = await credentialIn(config, repository, ask);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

async function credentialIn(
  config: DockerConfig,
  repository: Repository,
  ask: (helper: string, server: string, file: string) => Promise<Credential | undefined>,
): Promise<Credential | undefined> {
  const keys = keysOf(repository);
  const server = repository.host === "docker.io" ? hubKey : repository.host;
  const helper = keys.map((key) => config.credHelpers[key]).find((name) => name !== undefined);
  if (helper !== undefined) return ask(helper, server, config.file);
  if (config.credsStore !== undefined) {
    const stored = await ask(config.credsStore, server, config.file);
    if (stored !== undefined) return stored;
  }
  // An entry for the host itself wins over a URL with a path, and a later key over an earlier one
  // with another spelling.
  const byKey = new Map([
    ...Object.entries(config.auths)
      .reverse()
      .flatMap(([key, credential]) => {
        const host = hostOfUrl(key);
        return host === undefined ? [] : [[host, credential] as const];
      }),
    ...Object.entries(config.auths).map(
      ([key, credential]) => [normalKey(key), credential] as const,
    ),
  ]);
  return keys.map((key) => byKey.get(key)).find((credential) => credential !== undefined);
}

/** The narrowest first: podman's files also name repositories and namespaces. */
function keysOf({ host, path }: Repository): string[] {
  const parts = path === "" ? [] : path.split("/");
  const nested = parts.map(
    (_, index) => `${host}/${parts.slice(0, parts.length - index).join("/")}`,
  );
  return [...nested, ...(host === "docker.io" ? [...hubHosts, hubKey] : [host])];
}

/** `https://host/v1/` is `host`: older Docker versions wrote that. */
function normalKey(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
}

/** A key that is a URL applies to its host, whatever its path (docker/cli: ConvertToHostname). */
function hostOfUrl(key: string): string | undefined {
  return /^[a-z]+:\/\/([^/?#@]+)(?:[/?#]|$)/.exec(key)?.[1];
}

async function readConfigs({
  env,
  home,
  uid,
  warn,
  readFile,
}: DockerCredentialOptions): Promise<DockerConfig[]> {
  const read = readFile ?? ((path: string) => readFileFromDisk(path, "utf8"));
  const configs: DockerConfig[] = [];
  const inline = env["DOCKER_AUTH_CONFIG"];
  if (inline !== undefined && inline.trim() !== "") {
    const config = readInline(inline, warn ?? (() => undefined));
    if (config !== undefined) configs.push(config);
  }
  for (const file of configFiles(env, home, uid)) {
    const text = await readIfThere(read, file);
    if (text !== undefined && text.trim() !== "") configs.push(parseDockerConfig(text, file));
  }
  return configs;
}

function readInline(text: string, warn: (message: string) => void): DockerConfig | undefined {
  try {
    return parseDockerConfig(text, "DOCKER_AUTH_CONFIG");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    warn(`${error.message}; using Docker's config file instead`);
    return undefined;
  }
}

function configFiles(env: NodeJS.ProcessEnv, home: string, uid: number | undefined): string[] {
  const docker = env["DOCKER_CONFIG"];
  const podman = env["REGISTRY_AUTH_FILE"];
  const runtime = env["XDG_RUNTIME_DIR"];
  const config = env["XDG_CONFIG_HOME"];
  return [
    join(isSet(docker) ? docker : join(home, ".docker"), "config.json"),
    ...(isSet(podman) ? [podman] : []),
    // containers-auth.json(5), and podman's path without a session, as for root in CI.
    ...(isSet(runtime) ? [join(runtime, "containers", "auth.json")] : []),
    ...(!isSet(runtime) && uid !== undefined ? [`/run/containers/${uid}/auth.json`] : []),
    join(isSet(config) ? config : join(home, ".config"), "containers", "auth.json"),
  ];
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

async function readIfThere(
  read: (path: string) => Promise<string>,
  file: string,
): Promise<string | undefined> {
  try {
    return await read(file);
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError(`cannot read the credentials in ${file}: ${String(code)}`, {
      hint: "check the file permissions",
      cause,
    });
  }
}

/** github.com/docker/docker-credential-helpers: the server on stdin, JSON on stdout. */
async function askHelper(
  options: DockerCredentialOptions,
  helper: string,
  server: string,
  file: string,
): Promise<Credential | undefined> {
  const program = `docker-credential-${helper}`;
  const purpose = `getting credentials for ${server}, as configured in ${file}`;
  if (!/^[\w.-]+$/.test(helper)) {
    throw new UsageError(`${file} has an invalid credential helper`, {
      hint: "in credsStore and credHelpers, use only the part of the helper's name after docker-credential-",
    });
  }
  const run = options.exec ?? runProgram;
  const result = await run([program, "get"], {
    env: options.env,
    stdin: server,
    purpose,
    maxOutput: 1 << 20,
    timeout: helperTimeoutMs,
    signal: options.signal,
  }).catch((cause: unknown) => {
    options.signal?.throwIfAborted();
    throw new CommandError({
      argv: [program, "get"],
      purpose,
      hint: `install ${program}, or remove it from ${file}`,
      cause,
    });
  });
  if (result.exitCode !== 0) {
    // The protocol has one sentence for "not found"; some helpers add to it.
    if (/credentials not found|no credentials server/i.test(result.stdout)) return undefined;
    throw new CommandError({
      argv: [program, "get"],
      exitCode: result.exitCode,
      purpose,
      hint: `run "echo ${server} | ${program} get" to see its output`,
    });
  }
  return parseHelperAnswer(result.stdout, program);
}

function parseHelperAnswer(stdout: string, program: string): Credential | undefined {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    value = undefined;
  }
  if (
    typeof value === "object" &&
    value !== null &&
    "Username" in value &&
    "Secret" in value &&
    typeof value.Username === "string" &&
    typeof value.Secret === "string"
  ) {
    if (value.Secret === "") return undefined;
    // The helpers' own marker for an identity token.
    if (value.Username === "<token>") return { kind: "identity", token: value.Secret };
    return { kind: "basic", username: value.Username, password: value.Secret };
  }
  throw new UsageError(`${program} did not return valid credentials`, {
    hint: `check that ${program} is a Docker credential helper`,
  });
}
