import { defineCommand } from "../../program/define-command.ts";
import { importing, valued } from "../../program/flag-groups.ts";
import { argument } from "../../program/flags.ts";

export const importGitlab = defineCommand({
  name: "gitlab",
  summary: "make a config from a GitLab CI pipeline that builds images",
  arguments: [
    argument("[file]", "the pipeline (default: .gitlab-ci.yml)", { use: { as: "read" } }),
  ],
  flags: [...importing, ...valued],
  help: `
Writes layerkeep.yml, and compares the plan with what the old pipeline did. The old pipeline is not
changed: run \`layerkeep ci gitlab\` to generate the new one. Exits with code 1 if something could
not be carried over.
`,
  example: "layerkeep import gitlab",
  run: async ({ args: [file], options, io }) => {
    const { runImportGitlab } = await import("../../import/import-gitlab.ts");
    return runImportGitlab(file, options, io);
  },
});
