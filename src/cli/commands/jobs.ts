import { defineCommand } from "../program/define-command.ts";
import { configured } from "../program/flag-groups.ts";
import { optionalText } from "../program/flags.ts";

export const jobs = defineCommand({
  name: "jobs",
  summary: "print CI matrices for the jobs in the config",
  flags: [
    optionalText(
      "--affected [rev]",
      "only entries affected by changes since this revision (default: the pull request's base, otherwise the default branch)",
    ),
    ...configured,
  ],
  help: `
Prints one JSON object, with a GitHub Actions matrix for each job by name. Cache keys depend on the
files in the checked-out commit.
`,
  example: "layerkeep jobs --affected origin/main",
  run: async ({ options, io }) => {
    const { jobMatrices } = await import("../ci/job-matrices.ts");
    io.out(`${JSON.stringify(await jobMatrices(options, io))}\n`);
    return 0;
  },
});
