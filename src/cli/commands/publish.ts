import { defineCommand } from "../program/define-command.ts";
import {
  planned,
  planning,
  progressing,
  publishing,
  quietable,
  resulting,
} from "../program/flag-groups.ts";
import { affectedSince } from "../program/leg-flags.ts";
import { argument, flag } from "../program/flags.ts";

export const publish = defineCommand({
  name: "publish",
  summary: "publish staged legs as images in every target registry",
  arguments: [argument("[variant...]", "variants or globs (default: all)")],
  flags: [
    ...planned,
    ...planning,
    ...affectedSince,
    ...publishing,
    ...resulting,
    ...quietable,
    ...progressing,
    flag("--dry-run", "show what would be published, without publishing it"),
  ],
  example: "layerkeep publish --plan plan.json",
  run: async ({ args: [variants], options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { publishStaged } = await import("../run/publish/publish-run.ts");
    return publishStaged(variants, probes, options, io);
  },
});
