import type { Command } from "commander";
import type { CacheCommandOptions } from "../caches/cache-stores.ts";
import type { CacheCopyOptions } from "../commands/cache/cache-copy.ts";
import type { CacheInspectOptions } from "../commands/cache/cache-inspect.ts";
import type { CacheMergeOptions } from "../commands/cache/cache-merge.ts";
import type { CacheTrimOptions } from "../commands/cache/cache-trim.ts";
import type { CacheVerifyOptions } from "../commands/cache/cache-verify.ts";
import type { Io } from "../io.ts";
import { addGithubCommands } from "./cache-github-commands.ts";
import { addRepositoryCommands } from "./cache-repository-commands.ts";
import { collect, command, type Done, example, parseMost, size } from "./options.ts";

/** `layerkeep cache …`: what BuildKit keeps in registries and folders. */
export function addCacheCommands(program: Command, io: Io, done: Done): void {
  const cache = command(program, "cache", "see, check, move and prune what builds keep");
  addRepositoryCommands(cache, io, done);
  reading(command(cache, "inspect", "say what is in a cache, and its biggest steps"))
    .argument(
      "<cache>",
      "type=registry,ref=…, a reference alone, type=local,src=… or type=gha,scope=…",
    )
    .option("--top <number>", "so many steps, the biggest first", parseMost, 10)
    .option("--dockerfile <file>", "try on the builder which steps of this it would save")
    .option("--context <folder>", "the context of that build", ".")
    .option("--target <stage>", "its target")
    .option("--platform <platform>", "its platform")
    .option("--build-arg <name=value>", "an argument of it; may be given again", collect, [])
    .option("--builder <name>", "the buildx builder, best an empty one")
    .option("--tree", "print its layers on one another, with what each adds, instead")
    .option("--dot", "print the graph of its records for Graphviz instead")
    .addHelpText(
      "after",
      example("layerkeep cache inspect ghcr.io/acme/app-cache:cache-server-amd64"),
    )
    .action(async (name: string, _, self: Command) => {
      const options: CacheInspectOptions = self.optsWithGlobals();
      const { runCacheInspect } = await import("../commands/cache/cache-inspect.ts");
      done(await runCacheInspect(name, options, io));
    });
  reading(command(cache, "diff", "say how two caches differ, and where they part"))
    .argument("<first>", "a cache, named as for inspect")
    .argument("<second>", "the cache to hold against it")
    .addHelpText("after", example("layerkeep cache diff acme/cache:main acme/cache:feature"))
    .action(async (first: string, second: string, _, self: Command) => {
      const options: CacheCommandOptions = self.optsWithGlobals();
      const { runCacheDiff } = await import("../commands/cache/cache-diff.ts");
      done(await runCacheDiff(first, second, options, io));
    });
  reading(command(cache, "copy", "copy a cache to another home, so that builds there begin warm"))
    .argument("<source>", "a cache, named as for inspect")
    .argument(
      "<target>",
      "type=registry,ref=…, type=local,dest=…, type=gha,scope=… or type=inline,ref=…",
    )
    .option("--force", "overwrite an image at the target")
    .addHelpText(
      "after",
      example("layerkeep cache copy acme/cache:main type=registry,ref=ghcr.io/acme/cache:main"),
    )
    .action(async (from: string, to: string, _, self: Command) => {
      const options: CacheCopyOptions = self.optsWithGlobals();
      const { runCacheCopy } = await import("../commands/cache/cache-copy.ts");
      done(await runCacheCopy(from, to, options, io));
    });
  reading(command(cache, "merge", "make one cache that serves what several serve"))
    .argument("<cache...>", "caches, named as for inspect")
    .requiredOption("-o, --output <target>", "where it goes, named as for copy")
    .option("--force", "overwrite an image at the target")
    .addHelpText(
      "after",
      example("layerkeep cache merge acme/cache:amd64 acme/cache:arm64 -o acme/cache:both"),
    )
    .action(async (names: string[], _, self: Command) => {
      const options: CacheMergeOptions = self.optsWithGlobals();
      const { runCacheMerge } = await import("../commands/cache/cache-merge.ts");
      done(await runCacheMerge(names, options, io));
    });
  reading(
    command(cache, "trim", "write a cache without what nobody uses, so that it can be imported"),
  )
    .argument("<cache>", "a cache, named as for inspect")
    .requiredOption("-o, --output <target>", "where it goes, named as for copy; it may be the same")
    .option("--max-size <size>", "what its blobs may have, such as 2GB", size)
    .option("--used-by <cache>", "keep what this cache has, too; may be given again", collect, [])
    .option("--force", "overwrite an image at the target")
    .addHelpText(
      "after",
      example("layerkeep cache trim acme/cache:main --max-size 2GB -o acme/cache:main"),
    )
    .action(async (name: string, _, self: Command) => {
      const options: CacheTrimOptions = self.optsWithGlobals();
      const { runCacheTrim } = await import("../commands/cache/cache-trim.ts");
      done(await runCacheTrim(name, options, io));
    });
  reading(command(cache, "verify", "say whether caches are whole and can be imported"))
    .argument(
      "<cache...>",
      "type=registry,ref=…, a reference alone, type=local,src=… or type=gha,scope=…",
    )
    .option("--deep", "read each blob and hold it against its digest")
    .addHelpText("after", example("layerkeep cache verify type=local,src=.cache/server"))
    .action(async (names: string[], _, self: Command) => {
      const options: CacheVerifyOptions = self.optsWithGlobals();
      const { runCacheVerify } = await import("../commands/cache/cache-verify.ts");
      done(await runCacheVerify(names, options, io));
    });
  addGithubCommands(cache, io, done);
}

function reading(parent: Command): Command {
  return parent.option("--insecure", "speak plain HTTP, or TLS without a check of the certificate");
}
