import { parseDuration } from "../../../../duration.ts";
import { defineCommand } from "../../../program/define-command.ts";
import { deleting, github } from "../../../program/flag-groups.ts";
import { parsed } from "../../../program/flags.ts";

export const githubPrune = defineCommand({
  name: "prune",
  summary: "show cache entries that no run can use, or delete them with --yes",
  flags: [
    ...github,
    parsed(
      "--unused <duration>",
      "also delete entries unused for this long, even if their ref still exists",
      parseDuration,
    ),
    ...deleting,
  ],
  example: "layerkeep cache gha prune --repo acme/app --yes",
  run: async ({ options, io }) => {
    const { pruneEntries } = await import("../../../caches/github/prune-entries.ts");
    await pruneEntries(options.unused, options, io);
    return 0;
  },
});
