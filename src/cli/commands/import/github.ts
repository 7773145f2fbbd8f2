import { defineCommand } from "../../program/define-command.ts";
import { importing, valued } from "../../program/flag-groups.ts";
import { argument, text, toggle } from "../../program/flags.ts";

export const importGithub = defineCommand({
  name: "github",
  summary: "create a config from GitHub Actions workflows that build images",
  arguments: [
    argument("[workflow...]", "workflows (default: all in .github/workflows that build images)", {
      use: { as: "read" },
    }),
  ],
  flags: [
    ...importing,
    ...valued,
    toggle(
      "--no-workflow",
      "write only the config, not the workflows that `layerkeep ci github` generates",
    ),
    text(
      "--name <name>",
      "the name of the new workflow, its files and the required check (default: images)",
    ),
    text(
      "--ref <ref>",
      "the branch, tag or commit of the Layerkeep actions to use (default: this version)",
    ),
  ],
  help: `
Writes layerkeep.yml and the workflows that \`layerkeep ci github\` generates from it, and compares
the plan with what the old workflows did. The old files are not changed. Exits with code 1 if
something could not be carried over.
`,
  example: "layerkeep import github .github/workflows/docker.yml",
  run: async ({ args: [paths], options, io }) => {
    const { runImportGithub } = await import("../../import/import-github.ts");
    return runImportGithub(paths, options, io);
  },
});
