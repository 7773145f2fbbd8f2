import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type Judgement, judgeRun, type OutsideSources } from "../../trust/judge-run.ts";
import { readContext } from "../../trust/environment/read-context.ts";
import { findBuildx } from "../../buildkit/builder/buildx.ts";
import { printBake } from "../../buildkit/print-bake.ts";
import { claimsOf, readClaims } from "../../config/claims.ts";
import type { Config } from "../../config/config.ts";
import { findConfig } from "../../config/load/find.ts";
import type { BakePrinter } from "../../config/import/read-imports.ts";
import { loadConfig } from "../../config/load/load.ts";
import { messageOf } from "../../errors.ts";
import { exec } from "../../exec.ts";
import type { Checkout } from "../../git/checkout.ts";
import type { BuildRecord } from "../../pipeline/records/build-record.ts";
import type { Context, Trust } from "../../trust/context.ts";
import { type ContentMemory, createContentMemory } from "../../inputs/files/content-memory.ts";
import { RegistryClient } from "../../registry/client.ts";
import type { UntrustedCredentials } from "../../registry/auth/configured-credentials.ts";
import { clientOptions, heldBack } from "../client-options.ts";
import { fastPaths } from "../fast-paths.ts";
import type { GlobalOptions, Io } from "../io.ts";
import type { Probes } from "./probes.ts";

/** What a command works with: the config, where the run happens, a client that ends with it. */
export interface Session extends AsyncDisposable {
  /** Of its branches and `write-on-tags`, what counts in this run. */
  readonly config: Config;
  readonly context: Context;
  readonly trust: Trust;
  /** What of the config does not count, a sentence each. */
  readonly warnings: readonly string[];
  /** Which of the config's credentials may be sent where; undefined: all of them. */
  readonly held: UntrustedCredentials | undefined;
  readonly client: RegistryClient;
  /** What was read of the contexts' files. */
  readonly memory: ContentMemory;
}

const variablePrefix = "LAYERKEEP_VAR_";

/** Loads the config and reads the context, with what the probes find. */
export async function openSession(
  probes: Probes,
  options: GlobalOptions & { readonly write?: boolean; readonly plan?: string },
  io: Io,
): Promise<Session> {
  const { env } = io;
  const vars = variablesOf(env, options);
  const { plainYaml } = fastPaths(env);
  const [loaded, context, git] = await Promise.all([
    probes.file.then((file) => {
      const imports = options.plan === undefined;
      return loadConfig({ file, vars, printBake: bakePrinter(io), imports, plainYaml });
    }),
    probes.checkout.then((git) =>
      readContext({ env, git, readFile: (path) => readFile(path, "utf8") }),
    ),
    probes.checkout,
  ]);
  const judged = await judgeRun(
    context,
    claimsOf(loaded),
    outsideOf(git, loaded, { vars, plainYaml }),
    options.write === true,
  );
  const config = withRules(loaded, judged);
  const { trust, warnings } = judged;
  const held = trust.level === "untrusted" ? heldBack(judged, io) : undefined;
  const client = new RegistryClient(clientOptions(io, config, held));
  const close = (): Promise<void> => client[Symbol.asyncDispose]();
  const memory = createContentMemory();
  return { config, context, trust, warnings, held, client, memory, [Symbol.asyncDispose]: close };
}

/** The default branch's version of the config, by git. */
function outsideOf(
  git: Checkout,
  { file }: Config,
  {
    vars,
    plainYaml,
  }: { readonly vars: Readonly<Record<string, string>>; readonly plainYaml: boolean },
): OutsideSources {
  const name = basename(file);
  return {
    askDefaultBranch: () => git.askDefaultBranch(),
    readClaims: async (branch) => {
      const text = await git.readOnRemoteBranch(branch, name);
      if ("problem" in text) return text;
      return readClaims(text.value, `${name} on ${branch}`, vars, plainYaml).then(
        (value) => ({ value }),
        (error: unknown) => ({ problem: messageOf(error).replaceAll("\n", "; ") }),
      );
    },
  };
}

function withRules(config: Config, { defaultBranch, writeOnTags }: Judgement): Config {
  const { branches, cache } = config;
  return {
    ...config,
    branches: { ...branches, default: defaultBranch },
    cache: { ...cache, writeOnTags },
  };
}

/** Evaluates a bake file that the config imports; buildx is looked for where there is one. */
export function bakePrinter({ env, signal }: Pick<Io, "env" | "signal">): BakePrinter {
  return async (request) => printBake(await findBuildx(env, exec), request, signal);
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
    loadConfig({
      file,
      vars: variablesOf(io.env, options),
      printBake: bakePrinter(io),
      plainYaml: fastPaths(io.env).plainYaml,
    });
  if (options.config !== undefined) return load(resolve(io.cwd, options.config));
  const file = await findConfig(io.cwd).catch((error: unknown) => {
    if (needed) throw error;
    return undefined;
  });
  return file === undefined ? undefined : load(file);
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
