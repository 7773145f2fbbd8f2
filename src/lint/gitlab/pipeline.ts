import type { Repository } from "../files/repository.ts";
import type { JobRun, Pipeline, PipelineScenario } from "../model/pipeline.ts";
import { type MapNode, type Node, type SourceFile, at } from "../yaml/node.ts";
import { concurrencyOf } from "./concurrency.ts";
import { readConfig } from "./config/jobs.ts";
import { readJobs, unreadJob } from "./read-jobs.ts";
import { gitlabScenarios } from "./scenarios.ts";

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
      const jobs =
        found === undefined ? [] : [...readJobs(config, found, repository), ...unreadJob(config)];
      read.set(scenario, jobs);
      return jobs;
    },
  };
}

/** Whether a file is a pipeline of GitLab: by its name, or since it has jobs with scripts. */
export function isGitlabPipeline(path: string, root: Node | undefined): root is MapNode {
  if (root?.kind !== "map") return false;
  if (/(?:^|[./])gitlab-ci\.ya?ml$/.test(path)) return true;
  return root.entries.some(
    ({ value }) => at(value, "script") !== undefined && at(value, "runs-on") === undefined,
  );
}
