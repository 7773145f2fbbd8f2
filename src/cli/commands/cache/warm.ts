import { defineCommand } from "../../program/define-command.ts";
import { configured } from "../../program/flag-groups.ts";
import { argument, flag, required, text } from "../../program/flags.ts";

export const cacheWarm = defineCommand({
  name: "warm",
  summary: "copy the cache of one leg to another, so that its first build is warm",
  arguments: [
    argument(
      "<leg>",
      "a leg of the config, such as server/linux/amd64, or a variant with one platform",
    ),
  ],
  flags: [
    required(
      text("--from <leg|cache>", "another leg, or a cache in the syntax of `layerkeep cache copy`"),
    ),
    text("--branch <branch>", "warm the leg's cache on this branch (default: the default branch)"),
    text("--from-branch <branch>", "copy the other leg's cache from this branch"),
    flag("--force", "overwrite the leg's existing cache"),
    ...configured,
  ],
  example: "layerkeep cache warm server-fips/linux/amd64 --from server/linux/amd64",
  run: async ({ args: [leg], options, io }) => {
    const { warmCache } = await import("../../caches/repository/warm-cache.ts");
    const { branch, from, fromBranch, force } = options;
    const source = { leg: from, branch: fromBranch };
    await warmCache({ source, target: { leg, branch }, force }, options, io);
    return 0;
  },
});
