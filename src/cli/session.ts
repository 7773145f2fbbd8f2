import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readContext } from "../ci/read-context.ts";
import { findBuildx } from "../buildkit/buildx.ts";
import { printBake } from "../buildkit/print-bake.ts";
import type { Config } from "../config/config.ts";
import { findConfig } from "../config/find.ts";
import type { BakePrinter } from "../config/import/read-imports.ts";
import { loadConfig } from "../config/load.ts";
import { exec } from "../exec.ts";
import type { BuildRecord } from "../pipeline/build-record.ts";
import type { Context } from "../plan/context.ts";
import { decideTrust } from "../plan/trust.ts";
import { RegistryClient, type RegistryClientOptions } from "../registry/client.ts";
import { configuredCredentials } from "../registry/auth/configured-credentials.ts";
import { dockerCredentials } from "../registry/auth/credentials.ts";
import { proxySettings } from "../registry/transport/proxy.ts";
import { version } from "../version.ts";
import { type GlobalOptions, type Io, warn } from "./io.ts";
import type { Probes } from "./probes.ts";

/** What a command stands on: the config, where the run stands, a client that ends with it. */
export interface Session extends AsyncDisposable {
  readonly config: Config;
  readonly context: Context;
  readonly client: RegistryClient;
}

const variablePrefix = "LAYERKEEP_VAR_";

/** Loads the config and reads the context, with what the probes find. */
export async function openSession(
  probes: Probes,
  options: GlobalOptions & { readonly write?: boolean },
  io: Io,
): Promise<Session> {
  const { env } = io;
  const vars = variablesOf(env, options);
  const [config, context] = await Promise.all([
    probes.file.then((file) => loadConfig({ file, vars, printBake: bakePrinter(io) })),
    probes.checkout.then((git) =>
      readContext({ env, git, readFile: (path) => readFile(path, "utf8") }),
    ),
  ]);
  const trust = decideTrust(context, {
    releaseBranches: config.branches.release,
    defaultBranch: config.branches.default,
    writeOnTags: config.cache.writeOnTags,
    write: options.write === true,
  });
  const client = new RegistryClient(clientOptions(io, config, trust.level === "untrusted"));
  return { config, context, client, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** Evaluates a bake file that the config imports; buildx is looked for where there is one. */
export function bakePrinter({ env, signal }: Pick<Io, "env" | "signal">): BakePrinter {
  return async (request) => printBake(await findBuildx(env, exec), request, signal);
}

/**
 * What a client needs to speak to registries as this user: the credentials that the config names,
 * of which an untrusted run may have few, and Docker's for the rest.
 */
export function clientOptions(
  { env, err }: Pick<Io, "env" | "err">,
  { insecure, credentials }: Pick<Config, "insecure" | "credentials">,
  untrusted: boolean,
): RegistryClientOptions {
  const otherwise = dockerCredentials({
    env,
    home: homedir(),
    uid: process.getuid?.(),
    warn: (message) => {
      warn({ err }, message);
    },
  });
  const configured = { rules: credentials, env, untrusted, otherwise };
  return {
    credentials: credentials.length === 0 ? otherwise : configuredCredentials(configured),
    insecure,
    userAgent: `layerkeep/${version}`,
    proxy: proxySettings(env),
  };
}

/**
 * The config, where there is one, for a command that can do without: it may say which hosts are
 * insecure. Throws a usage error where one is `needed` or named, and is not there.
 */
export async function optionalConfig(
  options: GlobalOptions,
  io: Io,
  needed: boolean,
): Promise<Config | undefined> {
  const load = (file: string): Promise<Config> =>
    loadConfig({ file, vars: variablesOf(io.env, options), printBake: bakePrinter(io) });
  if (options.config !== undefined) return load(resolve(io.cwd, options.config));
  const file = await findConfig(io.cwd).catch((error: unknown) => {
    if (needed) throw error;
    return undefined;
  });
  return file === undefined ? undefined : load(file);
}

export function isCi({ env }: Pick<Io, "env">): boolean {
  return (env["CI"] ?? "") !== "";
}

/** The user's cache folder for this tool, as the XDG base directory specification has it. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CACHE_HOME"] ?? "";
  return join(base === "" ? join(homedir(), ".cache") : base, "layerkeep");
}

/** Where the records of runs are kept that may not write to the registry. */
export function recordsFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), "records");
}

/** Keeps a record on this machine, where the registry may not be written to. */
export function localRecords(io: Io): (record: BuildRecord) => Promise<void> {
  const folder = recordsFolder(io.env);
  return async (record) => {
    await mkdir(folder, { recursive: true });
    const name = `${record.startedAt.replaceAll(":", "")}-${randomUUID().slice(0, 8)}.json`;
    await writeFile(join(folder, name), JSON.stringify(record));
  };
}

/** The config's variables: the command line's before the environment's. */
export function variablesOf(
  env: NodeJS.ProcessEnv,
  options: Pick<GlobalOptions, "var">,
): Record<string, string> {
  const given = Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) =>
      key.startsWith(variablePrefix) && value !== undefined
        ? [[key.slice(variablePrefix.length), value]]
        : [],
    ),
  );
  return { ...given, ...options.var };
}
