import { defineCommand } from "../../program/define-command.ts";
import { generating } from "../../program/flag-groups.ts";
import { byDefault, text } from "../../program/flags.ts";

export const ciGithub = defineCommand({
  name: "github",
  summary: "write the GitHub Actions workflows for the config",
  flags: [
    ...generating,
    text("--output-dir <folder>", "where to write them (default: .github/workflows)"),
    byDefault("images", text("--name <name>", "the workflow, its files and the check to require")),
    text("--ref <ref>", "the branch, tag or commit of Layerkeep's actions (default: this version)"),
  ],
  help: `
Two workflows are written: NAME.yml for pushes, tags, schedules and runs that are started by hand,
and NAME-pull-request.yml for pull requests and the merge queue. Variables given by --var are part
of them. A file that this command did not write is only overwritten with --force.
`,
  example: "layerkeep ci github --check",
  run: async ({ options, io }) => {
    const { generateGithubFiles } = await import("../../ci/github-files.ts");
    const { writeGenerated } = await import("../../ci/write-generated.ts");
    return writeGenerated(await generateGithubFiles(options, io), options, io);
  },
});
