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
  flags: [flag("--strict", "also exit with code 1 if there are only warnings"), ...configured],
  help: `
Reports all problems at once, with line numbers: in the config, in the files that it imports and in
the Dockerfiles, including COPY sources that are missing from the context. Exits with code 1 if
there is a problem, and with code 2 if the config cannot be found. In GitHub Actions, problems are
also shown as annotations.
`,
  example: "layerkeep validate",
  run: async ({ args: [file], options, io }) => {
    const { runValidate } = await import("../run/validate.ts");
    return runValidate(file, options, io);
  },
});
