import { defineCommand } from "../../program/define-command.ts";
import { generating } from "../../program/flag-groups.ts";
import { dataFolder } from "../../program/file-flags.ts";
import { text } from "../../program/flags.ts";

export const ciGithub = defineCommand({
  name: "github",
  summary: "generate GitHub Actions workflows from the config",
  flags: [
    ...generating,
    dataFolder(
      "--output-dir <folder>",
      "the folder to write the workflows to (default: .github/workflows)",
    ),
    text(
      "--name <name>",
      "the name of the workflow, its files and the required check (default: images)",
    ),
    text(
      "--ref <ref>",
      "the branch, tag or commit of the Layerkeep actions to use (default: this version)",
    ),
  ],
  help: `
Writes two workflows: NAME.yml for pushes, tags, schedules and manual runs, and
NAME-pull-request.yml for pull requests and the merge queue. Variables set with --var become part
of both. A file that this command did not write is overwritten only with --force.
`,
  example: "layerkeep ci github --check",
  run: async ({ options, io }) => {
    const { generateGithubFiles } = await import("../../ci/github-files.ts");
    const { writeGenerated } = await import("../../ci/write-generated.ts");
    return writeGenerated(await generateGithubFiles(options, io), options, io);
  },
});
