import { defineCommand } from "../../program/define-command.ts";
import { reading } from "../../program/flag-groups.ts";
import { parseMost } from "../../program/flag-values.ts";
import { inputFile, inputFolder } from "../../program/file-flags.ts";
import { argument, byDefault, flag, parsed, repeated, text } from "../../program/flags.ts";

export const cacheInspect = defineCommand({
  name: "inspect",
  summary: "show the contents of a cache and its largest steps",
  arguments: [
    argument(
      "<cache>",
      "a leg or variant, a full reference, type=registry,ref=…, type=local,src=… or type=gha,scope=…",
    ),
  ],
  flags: [
    ...reading,
    byDefault(10, parsed("--top <number>", "number of steps to show, largest first", parseMost)),
    inputFile(
      "--dockerfile <file>",
      "use the builder to check which steps of this Dockerfile would come from the cache",
    ),
    byDefault(".", inputFolder("--context <folder>", "with --dockerfile: the build context")),
    text("--target <stage>", "with --dockerfile: the target stage"),
    text("--platform <platform>", "with --dockerfile: the platform"),
    repeated("--build-arg <name=value>", "with --dockerfile: a build argument"),
    text("--builder <builder>", "with --dockerfile: the buildx builder, ideally an empty one"),
    flag("--digests", "also print digests and cache keys"),
    flag("--tree", "print the layers as a tree instead, with the size of each"),
    flag("--dot", "print the graph of records in Graphviz format instead"),
  ],
  example: "layerkeep cache inspect server/linux/amd64",
  run: async ({ args: [name], options, io }) => {
    const { showCache } = await import("../../caches/show-cache.ts");
    const { dockerfile, context, target, platform, buildArg: buildArgs, builder, top } = options;
    const build =
      dockerfile === undefined
        ? undefined
        : { dockerfile, context, target, platform, buildArgs, builder };
    const as = options.dot === true ? "graph" : options.tree === true ? "tree" : "summary";
    const digests = options.digests === true;
    await showCache(name, { as, top, digests, build }, options, io);
    return 0;
  },
});
