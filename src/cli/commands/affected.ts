import { defineCommand } from "../program/define-command.ts";
import { assuming, configured, quietable } from "../program/flag-groups.ts";
import { argument, flag, text } from "../program/flags.ts";
import { legsByName, ofPlatforms } from "../program/leg-flags.ts";

export const affected = defineCommand({
  name: "affected",
  summary: "list the legs that a change affects, without contacting a registry",
  arguments: [argument("[leg...]", `${legsByName} (default: all)`)],
  flags: [
    ...ofPlatforms,
    text(
      "--base <rev>",
      "the base revision: a branch such as origin/main, a tag or a commit (default: the merge base with the pull request's base branch, otherwise with the default branch)",
    ),
    text(
      "--head <rev>",
      "the revision to compare with the base (default: the files on disk, except ignored ones)",
    ),
    flag(
      "--merge-base",
      "compare with the merge base of the two revisions instead of the base itself",
    ),
    ...assuming,
    ...configured,
    ...quietable,
  ],
  example: "layerkeep affected",
  run: async ({ args: [names], options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { showAffected } = await import("../show/show-affected.ts");
    const { base, head, mergeBase = false, platform: platforms } = options;
    const selection = { names, platforms };
    await showAffected({ base, head, mergeBase, selection }, probes, options, io);
    return 0;
  },
});
