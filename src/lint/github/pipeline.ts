import type { Repository } from "../files/repository.ts";
import type { JobRun, Pipeline, PipelineScenario } from "../model/pipeline.ts";
import { type Budget, createBudget } from "./budget.ts";
import { concurrencyOf } from "./jobs/concurrency.ts";
import { remember } from "../remember.ts";
import { matricesOf } from "./matrix/matrices.ts";
import type { Row } from "./matrix/matrix.ts";
import { readJobs } from "./jobs/read-jobs.ts";
import { type Scenario, type ScenarioKind, scenariosOf } from "./events/scenarios.ts";
import type { Workflow } from "./workflow.ts";
import { workflowsInRun } from "./workflows-in-run.ts";

/** A workflow of GitHub Actions, read for each way to start it. */
export function githubPipeline(workflow: Workflow, repository: Repository): Pipeline {
  const scenarios = scenariosOf(workflow.events).map((scenario) => ({
    ...scenario,
    when: when[scenario.kind],
  }));
  const budget = createBudget(repository);
  const inScenario = <Item>(list: (scenario: Scenario & PipelineScenario) => readonly Item[]) =>
    remember((scenario: PipelineScenario): readonly Item[] => {
      const found = scenarios.find((candidate) => candidate === scenario);
      return found === undefined ? [] : list(found);
    });
  const runsIn = inScenario((scenario) => {
    const inputs = scenario.inputs ? undefined : {};
    return jobsIn(workflow, scenario, { repository, inputs, budget });
  });
  const workflowsIn = inScenario((scenario) =>
    workflowsInRun(workflow, { scenario, repository, jobs: runsIn(scenario) }),
  );
  return {
    file: workflow.file,
    repository,
    scenarios,
    workflow,
    runsIn,
    matricesIn: inScenario((scenario) => matricesOf(workflowsIn(scenario))),
    concurrencyIn: inScenario((scenario) => concurrencyOf(workflowsIn(scenario))),
  };
}

interface Start {
  readonly repository: Repository;
  /** What it is started with; undefined: only a run can tell. */
  readonly inputs: Row | undefined;
  readonly budget?: Budget;
}

/** The jobs of a run. */
export function jobsIn(
  workflow: Workflow,
  scenario: Scenario,
  { repository, inputs, budget = createBudget(repository) }: Start,
): readonly JobRun[] {
  return readJobs(workflow, {
    repository,
    scenario,
    inputs,
    prefix: "",
    needs: [],
    within: true,
    cacheMode: undefined,
    rows: undefined,
    depth: 0,
    budget,
  });
}

const when: Readonly<Record<ScenarioKind, string>> = {
  branch: "on a push to a branch",
  tag: "when a tag is pushed",
  pull_request: "in a pull request from this repository",
  fork: "in a pull request from a fork",
  pull_request_target: "on pull_request_target",
  merged: "when a pull request is merged",
  issue_comment: "on a new comment",
  merge_group: "in the merge queue",
  schedule: "in a scheduled run",
  workflow_dispatch: "in a manual run",
  workflow_run: "on workflow_run",
  workflow_call: "when another workflow calls this one",
  release: "on a release",
  other: "on this event",
};
