import { tmpdir } from "node:os";
import type { Builder } from "../../buildkit/builder/builder.ts";
import { BuilderInspector } from "../../buildkit/builder/builder.ts";
import { findBuildx } from "../../buildkit/builder/buildx.ts";
import type { CacheType, Config } from "../../config/config.ts";
import { findConfig } from "../../config/load/find.ts";
import { count } from "../../count.ts";
import { messageOf, UsageError } from "../../errors.ts";
import { exec } from "../../exec.ts";
import { runGit } from "../../git/run-git.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";
import { type Check, failed, ok } from "../../pipeline/doctor/check.ts";
import { checkBuilders, checkBuildx } from "../../pipeline/doctor/check-builders.ts";
import { checkFolder } from "../../pipeline/doctor/check-disk.ts";
import { checkRegistry } from "../../pipeline/doctor/check-registry.ts";
import { RegistryClient } from "../../registry/client.ts";
import { renderDoctor } from "../../report/config/doctor-report.ts";
import { formatBytes } from "../../report/table.ts";
import { isCi } from "../../trust/environment/provider.ts";
import { clientOptions, unknownConfig } from "../client-options.ts";
import { cacheFolder } from "../folders.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { builderOfEnvironment, gitAt } from "../run/probes.ts";
import { optionalConfig } from "../run/session.ts";
import { thisMachine } from "../run/this-machine.ts";
import { show } from "../show/show-result.ts";

interface DoctorOptions extends GlobalOptions, ConfigOptions {
  readonly builder?: string;
}

/** Checks what builds need, and prints it. Gives the exit code: 1 if something fails. */
export async function runDoctor(options: DoctorOptions, io: Io): Promise<number> {
  const { config, check } = await checkConfig(options, io);
  const groups = await Promise.all([
    checkGit(io),
    checkEngine(config, options, io),
    checkFolders(config, io),
    config === undefined ? [] : checkRegistries(config, io),
  ]);
  const checks = [check, ...groups.flat()];
  const counted = (outcome: Check["outcome"]): number =>
    checks.filter((one) => one.outcome === outcome).length;
  const result = { failures: counted("fail"), warnings: counted("warn"), checks };
  show(io, options, result, () => renderDoctor(checks));
  return result.failures > 0 ? 1 : 0;
}

/** Loads the config; without one, the rest is checked all the same. */
async function checkConfig(
  options: DoctorOptions,
  io: Io,
): Promise<{ readonly config: Config | undefined; readonly check: Check }> {
  try {
    const config = await optionalConfig(options, io, false);
    if (config !== undefined) {
      const legs = config.variants.reduce((sum, { platforms }) => sum + platforms.length, 0);
      return { config, check: ok("config", "config", `${config.file}: ${count(legs, "leg")}`) };
    }
    const why = await findConfig(io.cwd).then(() => "", messageOf);
    const check: Check = { id: "config", title: "config", outcome: "warn", detail: why };
    return { config, check: { ...check, advice: "run `layerkeep init` to create one" } };
  } catch (error) {
    const advice = "run `layerkeep validate` to see all problems with their lines";
    const check = failed("config", "config", error, { advice });
    return { config: undefined, check: { ...check, advice } };
  }
}

async function checkGit(io: Io): Promise<readonly Check[]> {
  try {
    const version = await runGit(gitAt(io.cwd, io), ["--version"]);
    if (version?.exitCode === 0) return [ok("git", "git", version.stdout.trim())];
    const detail = "not found: needed for tags, trust and changed files";
    return [{ id: "git", title: "git", outcome: "warn", detail, advice: "install git" }];
  } catch (error) {
    return [failed("git", "git", error)];
  }
}

async function checkEngine(
  config: Config | undefined,
  options: DoctorOptions,
  io: Io,
): Promise<readonly Check[]> {
  const find = () => findBuildx(io.env, exec);
  const buildx = await checkBuildx(find, io.signal);
  if (buildx.outcome === "fail") return [buildx];
  const named = options.builder === undefined ? Object.values(config?.builders ?? {}).flat() : [];
  const usual = options.builder ?? builderOfEnvironment(io);
  const inspect = async (): Promise<readonly Builder[]> => {
    const inspector = new BuilderInspector(await find(), io.signal);
    const names = new Set([...named, ...(named.length === 0 ? [usual] : [])]);
    return Promise.all([...names].map((name) => inspector.inspect(name)));
  };
  const platforms = (config?.variants ?? []).flatMap((variant) => variant.platforms);
  const machine = thisMachine();
  const builders = await checkBuilders(inspect, {
    platforms: [...new Set(platforms.map(formatPlatform))],
    caches: config === undefined ? [] : cachesOf(config),
    writes: isCi(io.env),
    machine,
  });
  return [buildx, ...builders];
}

/** The types of caches that builds write. */
function cachesOf({ cache, variants }: Config): readonly CacheType[] {
  return variants.some((variant) => variant.cache?.used !== false) ? [cache.type] : [];
}

/** Where local records and the embedded registry are, and where files are put for a while. */
function checkFolders(config: Config | undefined, { env }: Io): Promise<readonly Check[]> {
  return Promise.all([
    checkFolder(cacheFolder(env), {
      ...{ title: "cache folder", formatBytes },
      // Without a repository of its own, the config needs the embedded registry.
      needed: config !== undefined && config.cache.repository === undefined,
      advice: "set XDG_CACHE_HOME to a folder that this user can write to",
    }),
    checkFolder(tmpdir(), {
      ...{ title: "temporary folder", formatBytes, needed: true },
      advice: "set TMPDIR to a folder that this user can write to",
    }),
  ]);
}

async function checkRegistries(config: Config, io: Io): Promise<readonly Check[]> {
  const published = config.variants.flatMap(({ publish }) =>
    publish.map(({ repository }) => repository),
  );
  const { repository: cache } = config.cache;
  const names = new Set([...(cache === undefined ? [] : [formatRepository(cache)]), ...published]);
  // Nothing here shows whose config it is that CI runs with.
  const untrusted = isCi(io.env) ? unknownConfig(io) : undefined;
  try {
    await using client = new RegistryClient(clientOptions(io, config, untrusted));
    // On a person's machine, a run writes only with --write.
    const needs = { client, now: io.now, pushes: isCi(io.env), signal: io.signal };
    const checks = await Promise.all(
      [...names].map((name) => checkRegistry(parseRepository(name), needs)),
    );
    return checks.flat();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [failed("settings", "settings", error)];
  }
}
