import { defineCommand } from "../../program/define-command.ts";
import { generating } from "../../program/flag-groups.ts";
import { inputFile, outputFile } from "../../program/file-flags.ts";
import { flag, text } from "../../program/flags.ts";

export const ciGitlab = defineCommand({
  name: "gitlab",
  summary: "generate the GitLab CI pipeline from the config",
  flags: [
    ...generating,
    outputFile("-o, --output <file>", "where to write the pipeline (default: .gitlab-ci.yml)", {
      makesFolder: true,
    }),
    text(
      "--image <image>",
      "the image for jobs, with the Docker CLI and buildx, and based on Alpine or with Node installed (default: docker:29-cli)",
    ),
    text(
      "--service <image>",
      "the service that runs Docker, or none if the runners provide an engine (default: docker:29-dind)",
    ),
    text("--stage <stage>", "the stage of the jobs (default: build)"),
    flag("--child", "write the child pipeline that builds and publishes a plan"),
    inputFile("--plan <file>", "with --child: the plan, written by `layerkeep plan`", {
      standard: true,
    }),
    flag("--stale", "with --child: publish only variants with a leg to build"),
  ],
  help: `
The pipeline creates a plan and starts a child pipeline, which has a job for each leg to build. One
of its jobs runs \`layerkeep ci gitlab --child\`; you never need to run it yourself. To use a file
other than .gitlab-ci.yml, pass it to --output and include it. Variables set with --var become part
of the pipeline. A file that this command did not write is overwritten only with --force.
`,
  example: "layerkeep ci gitlab --check",
  run: async ({ options, io }) => {
    const { generateGitlabFile } = await import("../../ci/gitlab-files.ts");
    const { writeGenerated } = await import("../../ci/write-generated.ts");
    return writeGenerated(await generateGitlabFile(options, io), options, io);
  },
});
