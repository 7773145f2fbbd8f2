import type { Repository } from "../files/repository.ts";
import type { JobRun, Pipeline, PipelineScenario } from "../model/pipeline.ts";
import { type MapNode, type Node, type SourceFile, at } from "../yaml/node.ts";
import { concurrencyOf } from "./concurrency.ts";
import { type GitlabConfig, readConfig } from "./config/jobs.ts";
import { readJobs, unreadJob } from "./read-jobs.ts";
import { type GitlabScenario, gitlabScenarios } from "./scenarios.ts";

/** A pipeline of GitLab, read for each way to start it. */
export function gitlabPipeline(file: SourceFile, root: MapNode, repository: Repository): Pipeline {
  const scenarios = gitlabScenarios(file);
  const config = readConfig(root, repository);
  const read = new Map<PipelineScenario, readonly JobRun[]>();
  return {
    file,
    repository,
    scenarios,
    workflow: undefined,
    concurrencyIn: () => concurrencyOf(config),
    runsIn: (scenario) => {
      const known = read.get(scenario);
      if (known !== undefined) return known;
      const found = scenarios.find((candidate) => candidate === scenario);
      const jobs = found === undefined ? [] : gitlabJobsIn(config, repository, found);
      read.set(scenario, jobs);
      return jobs;
    },
  };
}

/** The jobs of a run. */
export function gitlabJobsIn(
  config: GitlabConfig,
  repository: Repository,
  scenario: GitlabScenario,
): readonly JobRun[] {
  return [...readJobs(config, scenario, repository), ...unreadJob(config)];
}

/** Whether a file is a pipeline of GitLab: by its name, or since it has jobs with scripts. */
export function isGitlabPipeline(path: string, root: Node | undefined): root is MapNode {
  if (root?.kind !== "map") return false;
  if (/(?:^|[./])gitlab-ci\.ya?ml$/.test(path)) return true;
  return root.entries.some(
    ({ value }) => at(value, "script") !== undefined && at(value, "runs-on") === undefined,
  );
}
