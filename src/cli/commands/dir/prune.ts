import { parseKept } from "../../../config/cache/retention.ts";
import { parseSize } from "../../../config/size.ts";
import { parseDuration } from "../../../duration.ts";
import { defineCommand } from "../../program/define-command.ts";
import { configured, deleting } from "../../program/flag-groups.ts";
import { parsed } from "../../program/flags.ts";

export const dirPrune = defineCommand({
  name: "prune",
  summary: "show which directory caches are old or too large, or delete them with --yes",
  flags: [
    parsed("--older-than <duration>", "delete caches last saved this long ago", parseDuration),
    parsed(
      "--keep-last <number>",
      "keep only this many of the newest caches whose keys differ only in what changes",
      parseKept,
    ),
    parsed(
      "--max-size <size>",
      "then delete the least recently saved caches until the total size fits",
      parseSize,
    ),
    parsed(
      "--grace <duration>",
      "always keep anything newer than this (default: cache.retention.grace, or a day)",
      parseDuration,
    ),
    ...configured,
    ...deleting,
  ],
  help: `
A rule without a flag is the one of cache.retention.dirs in the config. At least one is needed.

What changes in a key begins at its first placeholder other than {os} and {arch}. Packs that
caches share are counted once.
`,
  example: "layerkeep dir prune --older-than 30d --max-size 20gb --yes",
  run: async ({ options, io }) => {
    const { pruneDirs } = await import("../../dir/deletion/prune-dirs.ts");
    return pruneDirs(options, io);
  },
});
