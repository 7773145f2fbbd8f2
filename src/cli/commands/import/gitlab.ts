import { defineCommand } from "../../program/define-command.ts";
import { importing, valued } from "../../program/flag-groups.ts";
import { argument, toggle } from "../../program/flags.ts";

export const importGitlab = defineCommand({
  name: "gitlab",
  summary: "make a config from a GitLab CI pipeline that builds images",
  arguments: [
    argument("[file]", "the pipeline (default: .gitlab-ci.yml)", { use: { as: "read" } }),
  ],
  flags: [
    ...importing,
    ...valued,
    toggle("--no-pipeline", "write only the config, without the pipeline of `layerkeep ci gitlab`"),
  ],
  help: `
Writes layerkeep.yml and the pipeline that \`layerkeep ci gitlab\` makes of it, as
.gitlab/layerkeep.yml, and compares the plan with what the old pipeline did. The old file is left as
it is: include the new one there, and delete the jobs that it replaces. Exits with code 1 if
something could not be carried over.
`,
  example: "layerkeep import gitlab",
  run: async ({ args: [file], options, io }) => {
    const { runImportGitlab } = await import("../../import/import-gitlab.ts");
    return runImportGitlab(file, options, io);
  },
});
