import { defineCommand } from "../program/define-command.ts";
import { configuring, quietable } from "../program/flag-groups.ts";
import { flag } from "../program/flags.ts";

export const init = defineCommand({
  name: "init",
  summary: "write a layerkeep.yml for this repository",
  flags: [
    flag("--force", "overwrite an existing file"),
    flag("--stdout", "print the config instead of writing it"),
    ...configuring,
    ...quietable,
  ],
  example: "layerkeep init",
  run: async ({ options, io }) => {
    const { noteWorkflows, planStarter, writeStarter } = await import("../run/starter.ts");
    const starter = await planStarter(io);
    if (options.stdout === true) io.out(starter.text);
    else await writeStarter(starter, { ...options, overwrite: options.force === true }, io);
    if (!options.quiet) await noteWorkflows(io);
    return 0;
  },
});
