import type { Command } from "commander";
import type { CacheGhaPruneOptions } from "../commands/cache/cache-gha-prune.ts";
import type { CacheServeGhaOptions } from "../commands/cache/cache-serve-gha.ts";
import type { GithubEntriesOptions } from "../caches/github-entries.ts";
import type { Io } from "../io.ts";
import { collect, command, type Done, duration, example } from "./options.ts";

/** The commands of `layerkeep cache` for GitHub's cache service. */
export function addGithubCommands(cache: Command, io: Io, done: Done): void {
  command(cache, "serve-gha", "serve GitHub's cache service, to try type=gha on this machine")
    .argument("[command...]", "run this with a job's environment, and end with it")
    .option("--listen <host:port>", "where to listen; port 0 takes a free one", "127.0.0.1:0")
    .option("--root <folder>", "where its data lives (default: in the user's cache folder)")
    .option("--ref <ref>", "the ref whose job it is, which it writes to", "refs/heads/main")
    .option("--base-ref <ref>", "a further ref whose caches it reads", collect, [])
    .option("--read-only", "a token that may not write, as a fork's pull request has it")
    .option("--log", "a line on stderr for each request")
    .addHelpText(
      "after",
      example("layerkeep cache serve-gha -- docker buildx build --cache-to type=gha,mode=max ."),
    )
    .action(async (words: string[], _, self: Command) => {
      const options: CacheServeGhaOptions = self.optsWithGlobals();
      const { runCacheServeGha } = await import("../commands/cache/cache-serve-gha.ts");
      done(await runCacheServeGha(words, options, io));
    });
  const gha = command(cache, "gha", "what a repository has in GitHub's cache service");
  entries(command(gha, "ls", "list its entries by ref, against what GitHub keeps"))
    .addHelpText("after", example("layerkeep cache gha ls --repo acme/app"))
    .action(async (_, self: Command) => {
      const options: GithubEntriesOptions = self.optsWithGlobals();
      const { runCacheGhaLs } = await import("../commands/cache/cache-gha-ls.ts");
      done(await runCacheGhaLs(options, io));
    });
  entries(command(gha, "prune", "delete entries that no run can use, or say which"))
    .option(
      "--unused <duration>",
      "those of live refs, too, so long after their last use",
      duration,
    )
    .option("-y, --yes", "delete; without, only say what would go")
    .addHelpText("after", example("layerkeep cache gha prune --repo acme/app --yes"))
    .action(async (_, self: Command) => {
      const options: CacheGhaPruneOptions = self.optsWithGlobals();
      const { runCacheGhaPrune } = await import("../commands/cache/cache-gha-prune.ts");
      done(await runCacheGhaPrune(options, io));
    });
}

function entries(parent: Command): Command {
  return parent.option("--repo <owner/name>", "the repository (default: GITHUB_REPOSITORY)");
}
