import type { Command } from "commander";
import type { CacheRepositoryOptions } from "../caches/cache-repository.ts";
import type { CacheLsOptions } from "../commands/cache/cache-ls.ts";
import type { CachePruneOptions } from "../commands/cache/cache-prune.ts";
import type { CacheRmOptions } from "../commands/cache/cache-rm.ts";
import type { CacheWarmOptions } from "../commands/cache/cache-warm.ts";
import type { Io } from "../io.ts";
import { command, type Done, duration, example, kept, size } from "./options.ts";

/** The commands of `layerkeep cache` that look after the config's cache repository. */
export function addRepositoryCommands(cache: Command, io: Io, done: Done): void {
  repository(command(cache, "ls", "list the repository's caches beside the config's legs"))
    .option("-a, --all", "staged builds, logs and what else has a tag there, too")
    .addHelpText("after", example("layerkeep cache ls --all"))
    .action(async (_, self: Command) => {
      const options: CacheLsOptions = self.optsWithGlobals();
      const { runCacheLs } = await import("../commands/cache/cache-ls.ts");
      done(await runCacheLs(options, io));
    });
  repository(command(cache, "du", "say where the repository's bytes are, and what legs share"))
    .addHelpText("after", example("layerkeep cache du"))
    .action(async (_, self: Command) => {
      const options: CacheRepositoryOptions = self.optsWithGlobals();
      const { runCacheDu } = await import("../commands/cache/cache-du.ts");
      done(await runCacheDu(options, io));
    });
  repository(command(cache, "prune", "delete what cache.retention says, or say what would go"))
    .option("--orphaned <duration>", "what no leg has, so long after it was needed", duration)
    .option("--unused <duration>", "legs' caches, so long after a build needed them", duration)
    .option("--legs <number>", "keep so many of the newest builds of each leg", kept)
    .option("--max-size <size>", "then the caches needed longest ago, down to this", size)
    .option("--grace <duration>", "what is younger stays in any case", duration)
    .option("-y, --yes", "delete; without, only say what would go")
    .addHelpText("after", example("layerkeep cache prune --orphaned 7d --unused 30d --yes"))
    .action(async (_, self: Command) => {
      const options: CachePruneOptions = self.optsWithGlobals();
      const { runCachePrune } = await import("../commands/cache/cache-prune.ts");
      done(await runCachePrune(options, io));
    });
  repository(command(cache, "rm", "delete tags of the repository, or all of a leg's"))
    .argument("<name...>", "a leg, such as server/linux/amd64, or a tag")
    .option("-y, --yes", "delete; without, only say what would go")
    .addHelpText("after", example("layerkeep cache rm old/linux/amd64 --yes"))
    .action(async (names: string[], _, self: Command) => {
      const options: CacheRmOptions = self.optsWithGlobals();
      const { runCacheRm } = await import("../commands/cache/cache-rm.ts");
      done(await runCacheRm(names, options, io));
    });
  command(cache, "warm", "give a leg the cache of another, so that it does not begin cold")
    .argument("<leg>", "a leg of the config, such as server/linux/amd64")
    .requiredOption("--from <leg|cache>", "another leg, or a cache named as for cache copy")
    .option("--branch <name>", "the leg's cache on this branch (default: the default branch)")
    .option("--from-branch <name>", "the other leg's cache on this branch")
    .option("--force", "write over the cache that the leg has")
    .addHelpText(
      "after",
      example("layerkeep cache warm server-fips/linux/amd64 --from server/linux/amd64"),
    )
    .action(async (leg: string, _, self: Command) => {
      const options: CacheWarmOptions = self.optsWithGlobals();
      const { runCacheWarm } = await import("../commands/cache/cache-warm.ts");
      done(await runCacheWarm(leg, options, io));
    });
}

function repository(parent: Command): Command {
  return parent.option("--scratch", "the scratch repository instead");
}
