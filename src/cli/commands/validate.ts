import { defineCommand } from "../program/define-command.ts";
import { configured } from "../program/flag-groups.ts";
import { argument, flag } from "../program/flags.ts";

export const validate = defineCommand({
  name: "validate",
  summary: "check the config and its Dockerfiles, without a registry or an engine",
  arguments: [
    argument(
      "[file]",
      "the config file (default: layerkeep.yml in this folder or a parent folder)",
      { use: { as: "read" } },
    ),
  ],
  flags: [flag("--strict", "exit with code 1 also if there are only warnings"), ...configured],
  help: `
Reports all problems at once, each with its line: in the config, in what it imports, and in the
Dockerfiles, with sources of COPY that are not in the context. Exits with code 1 if something is
wrong, and with code 2 if the config cannot be found. In GitHub Actions, problems are also shown
beside their lines.
`,
  example: "layerkeep validate",
  run: async ({ args: [file], options, io }) => {
    const { runValidate } = await import("../run/validate.ts");
    return runValidate(file, options, io);
  },
});
