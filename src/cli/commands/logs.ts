import { defineCommand } from "../program/define-command.ts";
import { configured } from "../program/flag-groups.ts";
import { parseMost } from "../program/flag-values.ts";
import { legsByName, ofPlatforms } from "../program/leg-flags.ts";
import { argument, flag, parsed, text } from "../program/flags.ts";

export const logs = defineCommand({
  name: "logs",
  summary: "print what the steps of the last builds printed, or list the builds",
  arguments: [argument("[leg...]", `${legsByName} (default: only list the last builds)`)],
  flags: [
    ...ofPlatforms,
    text(
      "--step <step>",
      'only this step, as it is printed: 3, or "build 3" for that of one stage',
    ),
    parsed(
      "--last <number>",
      "how many builds: of each leg (default: 1), or in the list (default: 20)",
      parseMost,
    ),
    flag("--failed", "only builds that failed, and without --step, only the step that failed"),
    ...configured,
  ],
  help: `
If --step or --failed leaves a single step, its lines are printed as they are, without a heading.
The exit code is 1 if legs are named and none of them has such a build.
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
