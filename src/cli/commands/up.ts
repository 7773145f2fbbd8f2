import { defineCommand } from "../program/define-command.ts";
import {
  building,
  planning,
  progressing,
  publishing,
  quietable,
  resulting,
} from "../program/flag-groups.ts";
import { flag } from "../program/flags.ts";

export const up = defineCommand({
  name: "up",
  summary: "plan, build and publish on this machine",
  flags: [
    ...planning,
    ...building,
    flag("--local", "stage in the embedded registry, even if the config sets another one"),
    flag("--load", "also load the images into Docker, under the names that they are published by"),
    ...publishing,
    ...resulting,
    ...quietable,
    ...progressing,
    flag(
      "--stale",
      "build and publish only the legs that `layerkeep stale` lists, and legs built on them",
    ),
  ],
  example: "layerkeep up",
  run: async ({ options, io }) => {
    const { startEngine, startProbes } = await import("../run/probes.ts");
    const [probes, engine] = [startProbes(options, io), startEngine(options, io)];
    const { runUp } = await import("../run/up.ts");
    return runUp({ probes, engine }, options, io);
  },
});
