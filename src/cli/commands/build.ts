import { defineCommand } from "../program/define-command.ts";
import {
  building,
  planned,
  planning,
  progressing,
  quietable,
  resulting,
} from "../program/flag-groups.ts";
import { legsByName, selecting } from "../program/leg-flags.ts";
import { argument } from "../program/flags.ts";

export const build = defineCommand({
  name: "build",
  summary: "build legs and stage them in the cache repository",
  arguments: [argument("[leg...]", `${legsByName} (default: all)`)],
  flags: [
    ...planned,
    ...planning,
    ...selecting,
    ...building,
    ...resulting,
    ...quietable,
    ...progressing,
  ],
  example: "layerkeep build server/linux/arm64 --plan plan.json",
  run: async ({ args: [legs], options, io }) => {
    const { startEngine, startProbes } = await import("../run/probes.ts");
    const [probes, engine] = [startProbes(options, io), startEngine(options, io)];
    const { buildChosen } = await import("../run/build/build-run.ts");
    return buildChosen(legs, { probes, engine }, options, io);
  },
});
