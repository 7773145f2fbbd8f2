import { parseKept } from "../../../config/cache/retention.ts";
import { parseDuration } from "../../../duration.ts";
import { parseSize } from "../../../config/size.ts";
import { defineCommand } from "../../program/define-command.ts";
import { deleting, repository } from "../../program/flag-groups.ts";
import { parsed } from "../../program/flags.ts";

export const cachePrune = defineCommand({
  name: "prune",
  summary: "show the tags that cache.retention does not keep, or delete them with --yes",
  flags: [
    ...repository,
    parsed(
      "--orphaned <duration>",
      "delete caches, builds and logs of removed legs this long after their last use",
      parseDuration,
    ),
    parsed(
      "--unused <duration>",
      "delete current legs' caches unused for this long",
      parseDuration,
    ),
    parsed("--legs <number>", "keep only this many of each leg's newest builds", parseKept),
    parsed(
      "--max-size <size>",
      "then delete the least recently used caches until the total size fits",
      parseSize,
    ),
    parsed("--grace <duration>", "always keep anything newer than this", parseDuration),
    ...deleting,
  ],
  help: `
Directory caches are deleted by cache.retention.dirs, as \`layerkeep dir prune\` does it.
`,
  example: "layerkeep cache prune --orphaned 7d --unused 30d --yes",
  run: async ({ options, io }) => {
    const { pruneCaches } = await import("../../caches/repository/prune-caches.ts");
    return pruneCaches(options, io);
  },
});
