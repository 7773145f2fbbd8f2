import { defineCommand } from "../../program/define-command.ts";
import { importing, valued } from "../../program/flag-groups.ts";
import { argument, toggle } from "../../program/flags.ts";

export const importGitlab = defineCommand({
  name: "gitlab",
  summary: "create a config from a GitLab CI pipeline that builds images",
  arguments: [
    argument("[file]", "the pipeline (default: .gitlab-ci.yml)", { use: { as: "read" } }),
  ],
  flags: [
    ...importing,
    ...valued,
    toggle(
      "--no-pipeline",
      "write only the config, not the pipeline that `layerkeep ci gitlab` generates",
    ),
  ],
  help: `
Writes layerkeep.yml and the pipeline that \`layerkeep ci gitlab\` generates from it, as
.gitlab/layerkeep.yml, and compares the plan with what the old pipeline did. The old file is not
changed: include the new one in it, and delete the jobs that the new one replaces. Exits with code 1
if something could not be carried over.
`,
  example: "layerkeep import gitlab",
  run: async ({ args: [file], options, io }) => {
    const { runImportGitlab } = await import("../../import/import-gitlab.ts");
    return runImportGitlab(file, options, io);
  },
});
