import { parseDuration } from "../../../config/duration.ts";
import { defineCommand } from "../../program/define-command.ts";
import { rooted } from "../../program/flag-groups.ts";
import { byDefault, choice, flag, parsed } from "../../program/flags.ts";

export const registryCollect = defineCommand({
  name: "collect",
  summary: "delete untagged data of a registry that is not running",
  flags: [
    ...rooted,
    byDefault(
      "untagged",
      choice("--policy <policy>", "whether a tag counts in all repositories, or only in its own", [
        "untagged",
        "per-repository",
      ]),
    ),
    parsed(
      "--grace <duration>",
      "how long untagged data is kept after it was first pushed (default: 24h; 1h per-repository)",
      parseDuration,
    ),
    flag("--yes", "delete; without this flag, only show what would be deleted"),
  ],
  help: `
A tag keeps everything that it leads to: the images of an index, their blobs, and their referrers.
A duration is a number and s, m, h or d, or 0. Without --yes nothing is deleted. The grace period
starts when the data was first pushed, because the time of the last use is not stored. There is no
lease, because no push can be in progress. A running registry can collect automatically, and it knows
both: layerkeep registry serve --collect untagged.
`,
  example: "layerkeep registry collect --yes",
  run: async ({ options, io }) => {
    const { collectRegistry } = await import("../../registry/collect-registry.ts");
    const { root, policy, grace: graceMs, yes = false } = options;
    await collectRegistry({ root, policy, graceMs, dryRun: !yes }, options, io);
    return 0;
  },
});
