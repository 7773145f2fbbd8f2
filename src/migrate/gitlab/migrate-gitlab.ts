import { UsageError } from "../../errors.ts";
import type { Repository } from "../../lint/files/repository.ts";
import { readConfig } from "../../lint/gitlab/config/jobs.ts";
import { gitlabJobsIn, gitlabPipeline, isGitlabPipeline } from "../../lint/gitlab/pipeline.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import { readNodes } from "../../lint/yaml/read-nodes.ts";
import { type MigrateOptions, migrateRuns } from "../migrate-runs.ts";
import type { Migration } from "../migration.ts";
import { gitlabEvents } from "./gitlab-events.ts";

interface MigrateGitlabOptions extends MigrateOptions {
  readonly file: SourceFile;
  readonly repository: Repository;
}

/**
 * Makes the config that does what a pipeline of GitLab does, and compares the two in example runs.
 * Throws a usage error for a file that is no pipeline, and if no image can be carried over.
 */
export async function migrateGitlab(options: MigrateGitlabOptions): Promise<Migration> {
  const { file, repository, facts } = options;
  const { root, problems } = readNodes(file);
  const [problem] = problems;
  if (problem !== undefined) throw new UsageError([{ file: file.path, ...problem }]);
  if (!isGitlabPipeline(file.path, root)) {
    throw new UsageError(`${file.path} is not a GitLab CI pipeline`, {
      hint: "specify a file with jobs, such as .gitlab-ci.yml",
    });
  }
  const config = readConfig(root, repository);
  const events = gitlabEvents(facts);
  const runs = events.map(({ event, scenario }) => ({
    event,
    jobs: gitlabJobsIn(config, repository, scenario),
  }));
  return migrateRuns(
    {
      pipelines: [gitlabPipeline(file, root, repository)],
      runs,
      workflows: [],
      always: [],
    },
    options,
  );
}
