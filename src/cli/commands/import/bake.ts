import { defineCommand } from "../../program/define-command.ts";
import { importing } from "../../program/flag-groups.ts";
import { argument, repeated } from "../../program/flags.ts";

export const importBake = defineCommand({
  name: "bake",
  summary: "create a config that imports a bake file",
  arguments: [
    argument("[file]", "the bake file (default: docker-bake.hcl or .json)", {
      use: { as: "read" },
    }),
  ],
  flags: [
    ...importing,
    repeated("--target <name>", "a target or group to import (default: the group default)"),
  ],
  help: `
Writes layerkeep.yml, which reads the targets from the bake file in each run, and publishes the
images that their tags name. Exits with code 1 if something could not be carried over.
`,
  example: "layerkeep import bake docker-bake.hcl --target release",
  run: async ({ args: [file], options, io }) => {
    const { runImportBake } = await import("../../import/import-bake.ts");
    return runImportBake(file, options, io);
  },
});
