import { defineCommand } from "../program/define-command.ts";
import { assuming, configured, quietable } from "../program/flag-groups.ts";
import { flag, required, text } from "../program/flags.ts";

export const affected = defineCommand({
  name: "affected",
  summary: "list the legs that a change affects, without contacting a registry",
  flags: [
    required(
      text("--base <rev>", "the base revision: a branch such as origin/main, a tag or a commit"),
    ),
    text(
      "--head <rev>",
      "the revision to compare with the base (default: the files on disk, except ignored ones)",
    ),
    flag("--merge-base", "compare with the merge base of the two revisions"),
    ...assuming,
    ...configured,
    ...quietable,
  ],
  example: "layerkeep affected --base origin/main",
  run: async ({ options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { showAffected } = await import("../show/show-affected.ts");
    const { base, head, mergeBase = false } = options;
    await showAffected({ base, head, mergeBase }, probes, options, io);
    return 0;
  },
});
