import { parseDuration } from "../../../duration.ts";
import { defineCommand } from "../../program/define-command.ts";
import { quietable, rooted } from "../../program/flag-groups.ts";
import { byDefault, choice, flag, parsed } from "../../program/flags.ts";

export const registryCollect = defineCommand({
  name: "collect",
  summary: "show untagged data in a stopped registry, or delete it with --yes",
  flags: [
    ...rooted,
    ...quietable,
    byDefault(
      "untagged",
      choice(
        "--policy <policy>",
        "whether a tag protects data in all repositories, or only in its own repository",
        ["untagged", "per-repository"],
      ),
    ),
    parsed(
      "--grace <duration>",
      "how long to keep untagged data after it was first pushed (default: 24h; 1h per-repository)",
      parseDuration,
    ),
    flag("--yes", "delete; without this flag, only show what would be deleted"),
  ],
  help: `
A tag keeps everything that it refers to: the images of an index, their blobs, and their referrers.
Without --yes, nothing is deleted. A duration is a number with s, m, h, d or w, such as 36h, 30 days or 2w, or 0.

The grace period starts when the data was first pushed, because a stopped registry does not know
when data was last used. To collect in a running registry, based on when data was last used, run
layerkeep registry serve --collect untagged.
`,
  example: "layerkeep registry collect --yes",
  run: async ({ options, io }) => {
    const { collectRegistry } = await import("../../registry/collect-registry.ts");
    const { root, policy, grace: graceMs, yes = false } = options;
    await collectRegistry({ root, policy, graceMs, dryRun: !yes }, options, io);
    return 0;
  },
});
