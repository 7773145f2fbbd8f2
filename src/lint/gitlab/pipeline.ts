import type { Repository } from "../files/repository.ts";
import type { JobRun, Pipeline, PipelineScenario } from "../model/pipeline.ts";
import { type MapNode, type Node, type SourceFile, at } from "../yaml/node.ts";
import { remember } from "../remember.ts";
import { applyRules } from "./conditions/rules.ts";
import { concurrencyOf } from "./concurrency.ts";
import { type GitlabConfig, readConfig } from "./config/jobs.ts";
import { readJobs, unreadJob } from "./read-jobs.ts";
import { type GitlabScenario, gitlabScenarios } from "./scenarios.ts";
import { createVariables, writtenVariables } from "./variables.ts";

/** A pipeline of GitLab, read for each way to start it. */
export function gitlabPipeline(file: SourceFile, root: MapNode, repository: Repository): Pipeline {
  const scenarios = gitlabScenarios(file);
  const read = new Map<PipelineScenario, readonly JobRun[]>();
  const { configIn } = gitlabConfigs(root, repository);
  const inScenario = <Item>(
    scenario: PipelineScenario,
    list: (found: GitlabScenario) => readonly Item[],
  ): readonly Item[] => {
    const found = scenarios.find((candidate) => candidate === scenario);
    return found === undefined ? [] : list(found);
  };
  return {
    file,
    repository,
    scenarios,
    workflow: undefined,
    concurrencyIn: (scenario) => inScenario(scenario, (one) => concurrencyOf(configIn(one))),
    runsIn: (scenario) => {
      const known = read.get(scenario);
      if (known !== undefined) return known;
      const jobs = inScenario(scenario, (one) => gitlabJobsIn(configIn(one), repository, one));
      read.set(scenario, jobs);
      return jobs;
    },
  };
}

/** A pipeline's configuration: with all that it may include, and with what a run includes. */
export function gitlabConfigs(
  root: MapNode,
  repository: Repository,
): { readonly whole: GitlabConfig; readonly configIn: (scenario: GitlabScenario) => GitlabConfig } {
  let hasRules = false;
  const whole = readConfig(root, repository, () => (hasRules = true));
  const configIn = remember((scenario: GitlabScenario): GitlabConfig => {
    const { kind, predefined } = scenario;
    return readConfig(root, repository, (rules, config) => {
      const variables = createVariables(predefined, writtenVariables(at(config, "variables")));
      return applyRules(rules, { kind, variables, when: undefined }).runs;
    });
  });
  return { whole, configIn: (scenario) => (hasRules ? configIn(scenario) : whole) };
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
