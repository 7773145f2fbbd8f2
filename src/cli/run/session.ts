import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { trustEmbedded } from "../../trust/trust.ts";
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
import type { Context, GitFacts, Trust } from "../../trust/context.ts";
import { type ContentMemory, createContentMemory } from "../../inputs/files/content-memory.ts";
import { RegistryClient } from "../../registry/client.ts";
import type { Traffic } from "../../registry/transport/traffic.ts";
import type { UntrustedCredentials } from "../../registry/auth/configured-credentials.ts";
import { clientOptions, heldBack } from "../client-options.ts";
import { fastPaths } from "../fast-paths.ts";
import type { ConfigOptions, Io } from "../io.ts";
import { variablesOf } from "../variables.ts";
import { type CacheHome, type CacheNeed, openCacheHome } from "./cache-home.ts";
import { assumeContext, assumedSources } from "./assume-run.ts";
import type { Probes } from "./probes.ts";

/** What a command works with: the config, where the run happens, and a client that ends with it. */
export interface Session extends AsyncDisposable {
  /** Its branches and `write-on-tags` are those that apply to this run. */
  readonly config: Config;
  readonly context: Context;
  /** Of the checkout that the config is in; undefined outside of one. */
  readonly facts: GitFacts | undefined;
  readonly trust: Trust;
  /** Which parts of the config do not apply, and what is not kept, one sentence each. */
  readonly warnings: readonly string[];
  /** The claims in the default branch's version of the config. */
  readonly outsideClaims: Judgement["outsideClaims"];
  /** Limits where the config's credentials may be sent; undefined: no limits. */
  readonly held: UntrustedCredentials | undefined;
  readonly client: RegistryClient;
  /** What the client's requests do. */
  readonly traffic: Traffic;
  /** The passwords and tokens that registries were given so far. */
  readonly credentials: () => readonly string[];
  /** What was read of the contexts' files. */
  readonly memory: ContentMemory;
  /** Where legs are staged. */
  readonly home: CacheHome;
}

interface SessionOptions {
  readonly write?: boolean;
  readonly plan?: string;
  /** A run that is only assumed. */
  readonly as?: string;
}

/**
 * Loads the config and reads the context, with what the probes find. Without a `need`, the default
 * registry is not used.
 */
export async function openSession(
  probes: Probes,
  options: ConfigOptions & SessionOptions,
  io: Io,
  need?: CacheNeed,
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
      options.as === undefined
        ? readContext({ env, git, readFile: (path) => readFile(path, "utf8") })
        : assumeContext(options.as, git, io),
    ),
    probes.checkout,
  ]);
  const own = claimsOf(loaded);
  const asked = outsideOf(git, loaded, { vars, plainYaml });
  const outside = options.as === undefined ? asked : assumedSources(asked, own, context);
  const judged = await judgeRun(context, own, outside, options.write === true);
  const config = withRules(loaded, judged);
  const { outsideClaims } = judged;
  const held = judged.trust.level === "untrusted" ? heldBack(judged, io) : undefined;
  const home = await openCacheHome(config, { context, trust: judged.trust }, need, io);
  const { registry } = home;
  const warnings = [...judged.warnings, ...home.warnings];
  const trust = registry === undefined ? judged.trust : trustEmbedded(judged.trust);
  const empty = registry?.isEmpty === true ? [registry.host] : [];
  const how = clientOptions(io, config, held);
  const { traffic, secrets: credentials } = how;
  const client = new RegistryClient({ ...how, empty });
  const memory = createContentMemory();
  const { facts } = git;
  return {
    ...{ config, context, facts, trust, warnings, outsideClaims, held, client, traffic },
    ...{ credentials, memory, home },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry?.[Symbol.asyncDispose]();
    },
  };
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

/** Evaluates a bake file that the config imports; only then buildx is looked for. */
export function bakePrinter({ env, signal }: Pick<Io, "env" | "signal">): BakePrinter {
  return async (request) => printBake(await findBuildx(env, exec), request, signal);
}

/**
 * The config, if there is one, for a command that can do without it: it may name insecure hosts.
 * Throws a usage error if a config is `needed` or named, and does not exist.
 */
export async function optionalConfig(
  options: ConfigOptions,
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
