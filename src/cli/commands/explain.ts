import { defineCommand } from "../program/define-command.ts";
import { planned, planning } from "../program/flag-groups.ts";
import { argument } from "../program/flags.ts";
import { legsByName, selecting } from "../program/leg-flags.ts";

export const explain = defineCommand({
  name: "explain",
  summary: "explain why legs are rebuilt, and why their steps were not cached",
  arguments: [
    argument(
      "[leg...]",
      `${legsByName} (default: legs that need a build, or whose last build was cold, which means that it missed its cache)`,
    ),
  ],
  flags: [...planned, ...planning, ...selecting],
  example: "layerkeep explain server/linux/arm64",
  run: async ({ args: [legs], options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { showExplanations } = await import("../show/show-explanations.ts");
    await showExplanations(legs, probes, options, io);
    return 0;
  },
});
