import { defineCommand } from "../program/define-command.ts";
import { configured } from "../program/flag-groups.ts";
import { argument } from "../program/flags.ts";
import { legsByName, ofPlatforms } from "../program/leg-flags.ts";

export const stale = defineCommand({
  name: "stale",
  summary: "list legs whose base images have changed since their last build",
  arguments: [argument("[leg...]", `${legsByName} (default: all)`)],
  flags: [...ofPlatforms, ...configured],
  help: `
Reads the base image digests from the log of each leg's last finished build, and compares them
with the current ones. Sends one HEAD request for each image. The exit code is 1 if a leg is
stale, and 3 if no leg is stale but an image could not be checked.
`,
  example: "layerkeep stale",
  run: async ({ args: [names], options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { showStale } = await import("../show/show-stale.ts");
    return showStale({ names, platforms: options.platform }, probes, options, io);
  },
});
