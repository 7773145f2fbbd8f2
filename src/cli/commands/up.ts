import { defineCommand } from "../program/define-command.ts";
import {
  building,
  planning,
  progressing,
  publishing,
  quietable,
  resulting,
  watching,
} from "../program/flag-groups.ts";
import { argument, flag } from "../program/flags.ts";
import { legsByName, selecting } from "../program/leg-flags.ts";

export const up = defineCommand({
  name: "up",
  summary: "plan, build and publish on this machine",
  arguments: [argument("[leg...]", `${legsByName} (default: all)`)],
  flags: [
    ...planning,
    ...selecting,
    ...building,
    flag("--local", "stage in the embedded registry, even if the config sets another one"),
    flag("--load", "also load the images into Docker, under their published names"),
    ...watching,
    ...publishing,
    ...resulting,
    ...quietable,
    ...progressing,
  ],
  example: "layerkeep up",
  run: async ({ args: [legs], options, io }) => {
    const { startEngine, startProbes } = await import("../run/probes.ts");
    const [probes, engine] = [startProbes(options, io), startEngine(options, io)];
    const { runUp } = await import("../run/up.ts");
    if (options.watch !== true) return runUp(legs, { probes, engine }, options, io);
    const { refuseWithWatch, watchCommand } = await import("../watch/watch-command.ts");
    const { dryRun, metadataFile } = options;
    refuseWithWatch({ "dry-run": dryRun, "metadata-file": metadataFile });
    return watchCommand(
      legs,
      options,
      (names, own, onPlan) => {
        const started = { probes: startProbes(own, io), engine: startEngine(own, io) };
        return runUp(names, { ...started, onPlan }, own, io);
      },
      io,
    );
  },
});
