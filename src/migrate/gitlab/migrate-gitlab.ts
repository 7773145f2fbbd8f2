import { UsageError } from "../../errors.ts";
import type { Repository } from "../../lint/files/repository.ts";
import {
  gitlabConfigs,
  gitlabJobsIn,
  gitlabPipeline,
  isGitlabPipeline,
} from "../../lint/gitlab/pipeline.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import { readNodes } from "../../lint/yaml/read-nodes.ts";
import type { RepositoryFacts } from "../events/sample-event.ts";
import { type MigrateOptions, migrateRuns, type OldRun } from "../migrate-runs.ts";
import type { Migration } from "../migration.ts";
import { createNotes, type Notes } from "../notes.ts";
import { namedBranches } from "./branches.ts";
import { exampleBranch, type GitlabEvent, gitlabEvents, otherBranch } from "./gitlab-events.ts";
import { type OldPipeline, oldPipeline } from "./old-pipeline.ts";
import { publishes, reportKaniko, reportNames, reportSchedules } from "./report-jobs.ts";

interface MigrateGitlabOptions extends MigrateOptions {
  readonly file: SourceFile;
  readonly repository: Repository;
}

export interface GitlabMigration extends Migration {
  readonly pipeline: OldPipeline;
}

/**
 * Makes the config that does what a pipeline of GitLab does, and compares the two in example runs.
 * Throws a usage error for a file that is no pipeline, and if no image can be carried over.
 */
export async function migrateGitlab(options: MigrateGitlabOptions): Promise<GitlabMigration> {
  const { file, repository, facts } = options;
  const { root, problems } = readNodes(file);
  const [problem] = problems;
  if (problem !== undefined) throw new UsageError([{ file: file.path, ...problem }]);
  if (!isGitlabPipeline(file.path, root)) {
    throw new UsageError(`${file.path} is not a GitLab CI pipeline`, {
      hint: "specify a file with jobs, such as .gitlab-ci.yml",
    });
  }
  const lost = createNotes();
  const { whole, configIn } = gitlabConfigs(root, repository);
  const runOf = ({ event, scenario }: GitlabEvent): OldRun => ({
    event,
    jobs: gitlabJobsIn(configIn(scenario), repository, scenario),
  });
  const branches = namedBranches(whole, facts.defaultBranch, lost);
  const all = gitlabEvents(facts, branches).map(runOf);
  const release = branches.filter((glob) =>
    all.some(
      ({ event, jobs }) => event.context.branch === exampleBranch(glob) && jobs.some(publishes),
    ),
  );
  // A branch that publishes nothing is none that the new pipeline runs for.
  const runs = all.filter(({ event: { context } }) =>
    [undefined, facts.defaultBranch, ...release.map(exampleBranch)].includes(context.branch),
  );
  reportOtherBranches(runOf(otherBranch(facts)), facts, lost);
  reportSchedules(runs, lost);
  reportKaniko(runs, lost);
  reportNames(whole, lost);
  const migration = await migrateRuns(
    {
      pipelines: [gitlabPipeline(file, root, repository)],
      ...{ runs, release },
      workflows: [],
      always: [],
    },
    options,
    lost,
  );
  return {
    ...migration,
    pipeline: oldPipeline(whole, runs),
  };
}

/** Reports jobs that publish images of any branch. */
function reportOtherBranches(
  { jobs }: OldRun,
  { defaultBranch }: RepositoryFacts,
  lost: Notes,
): void {
  for (const job of jobs.filter(publishes)) {
    lost.add(
      job.key,
      `the job ${job.id} publishes images of branches other than ${defaultBranch}`,
      "add the branches that publish images to branches.release",
    );
  }
}
