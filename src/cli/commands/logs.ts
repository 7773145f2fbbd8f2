import { defineCommand } from "../program/define-command.ts";
import { configured } from "../program/flag-groups.ts";
import { parseMost } from "../program/flag-values.ts";
import { legsByName, ofPlatforms } from "../program/leg-flags.ts";
import { argument, flag, parsed, text } from "../program/flags.ts";

export const logs = defineCommand({
  name: "logs",
  summary: "print the step output of the last builds, or list the builds",
  arguments: [argument("[leg...]", `${legsByName} (default: only list the last builds)`)],
  flags: [
    ...ofPlatforms,
    text("--step <step>", 'only this step, such as 3, or "build 3" for step 3 of the stage build'),
    parsed(
      "--last <number>",
      "number of builds to show: for each leg (default: 1), or in the list (default: 20)",
      parseMost,
    ),
    flag("--failed", "only failed builds and, without --step, only the step that failed in each"),
    ...configured,
  ],
  help: `
If --step or --failed selects a single step, its output is printed unchanged, without a heading.
Exits with code 1 if you name legs and none of them has such a build.
`,
  example: "layerkeep logs server/linux/arm64 --failed",
  run: async ({ args: [legs], options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { listBuilds, showLogs } = await import("../show/show-logs.ts");
    if (legs.length > 0 || options.platform.length > 0) return showLogs(legs, probes, options, io);
    await listBuilds(probes, options, io);
    return 0;
  },
});
