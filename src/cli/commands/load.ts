import { defineCommand } from "../program/define-command.ts";
import { configured, planned, quietable } from "../program/flag-groups.ts";
import { argument } from "../program/flags.ts";
import { legsByName } from "../program/leg-flags.ts";

export const load = defineCommand({
  name: "load",
  summary: "load staged legs into Docker, to run them",
  arguments: [argument("[leg...]", `${legsByName} (default: all variants)`)],
  flags: [...planned, ...configured, ...quietable],
  help: `
Loads the leg for Docker's own platform, unless you name a leg. Each image gets the names under
which it is published, or FOLDER-VARIANT:latest if it is not published.
`,
  example: "layerkeep load server",
  run: async ({ args: [legs], options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { loadStaged } = await import("../run/load/load-run.ts");
    await loadStaged(legs, probes, options, io);
    return 0;
  },
});
