import { both, type Tri } from "../expressions/value.ts";
import type { Repository } from "../files/repository.ts";
import type { JobRun } from "../model/pipeline.ts";
import { at, itemsOf, type Node, scalarsIn, textOf } from "../yaml/node.ts";
import { onlyExcept } from "./conditions/only-except.ts";
import { applyRules, type Ruled, runsWhen } from "./conditions/rules.ts";
import type { GitlabConfig, GitlabJob } from "./config/jobs.ts";
import { type MatrixRow, parallelRows } from "./matrix.ts";
import { readSteps } from "./read-steps.ts";
import type { GitlabScenario } from "./scenarios.ts";
import { createVariables, type Variables, writtenVariables } from "./variables.ts";

/** The jobs of a pipeline in a scenario, but those that it certainly does not have. */
export function readJobs(
  config: GitlabConfig,
  scenario: GitlabScenario,
  repository: Repository,
): readonly JobRun[] {
  const { kind, predefined } = scenario;
  const top = at(config.root, "variables");
  const rules = at(config.root, "workflow", "rules");
  const global = createVariables(predefined, writtenVariables(top));
  const workflow: Ruled =
    rules === undefined
      ? { runs: true, variables: undefined }
      : applyRules(rules, { kind, variables: global, when: undefined });
  if (workflow.runs === false) return [];
  return config.jobs.flatMap((job) => {
    const inherits = textOf(at(job.node, "inherit", "variables")) !== "false";
    const own = [...(inherits ? [top, workflow.variables] : []), at(job.node, "variables")];
    return parallelRows(job.node).flatMap((row) => {
      const before = createVariables(predefined, writtenVariables(...own), row);
      const ruled = rulesOf(job, before, kind);
      const runs = both(workflow.runs, ruled.runs);
      if (runs === false) return [];
      const written = writtenVariables(...own, ruled.variables);
      const variables = createVariables(predefined, written, row);
      return [jobRun(job, { config, variables, runs, row, repository })];
    });
  });
}

function rulesOf({ node }: GitlabJob, variables: Variables, kind: GitlabScenario["kind"]): Ruled {
  const when = textOf(at(node, "when"));
  const rules = at(node, "rules");
  if (rules !== undefined) return applyRules(rules, { kind, variables, when });
  const runs = both(onlyExcept(node, { kind, variables }), runsWhen(when));
  return { runs, variables: undefined };
}

interface Setting {
  readonly config: GitlabConfig;
  readonly variables: Variables;
  readonly runs: Tri;
  readonly row: MatrixRow;
  readonly repository: Repository;
}

function jobRun(job: GitlabJob, setting: Setting): JobRun {
  const { config, variables, runs, row, repository } = setting;
  const { steps, opaque } = readSteps(job.node, variables, repository);
  const trigger = at(job.node, "trigger");
  const started = { span: trigger ?? job.key, why: "the job starts another pipeline" };
  return {
    id: job.name,
    matrix: Object.fromEntries([...row].map(([name, value]) => [name, value.text])),
    runs,
    key: job.key,
    node: job.node,
    needs: needsOf(job, config),
    runner: scalarsIn(at(job.node, "tags")).map(({ text }) => variables.expand(text ?? "")),
    steps,
    opaque: [...job.opaque, ...opaque, ...(trigger === undefined ? [] : [started])],
  };
}

/** The jobs that it names, or all jobs of the stages before its own. */
function needsOf({ node }: GitlabJob, { jobs, stages }: GitlabConfig): readonly string[] {
  const needs = at(node, "needs");
  if (needs !== undefined) {
    return itemsOf(needs).flatMap((need) => textOf(need) ?? textOf(at(need, "job")) ?? []);
  }
  const own = stages.indexOf(stageOf(node));
  return jobs.filter((job) => stages.indexOf(stageOf(job.node)) < own).map(({ name }) => name);
}

function stageOf(node: Node): string {
  return textOf(at(node, "stage")) ?? "test";
}

/** A job for what a pipeline has from files that could not be read. */
export function unreadJob({ root, opaque }: GitlabConfig): readonly JobRun[] {
  const [first] = opaque;
  if (first === undefined) return [];
  return [
    {
      id: "include",
      matrix: {},
      runs: undefined,
      key: first.span,
      node: root,
      needs: [],
      runner: [],
      steps: [],
      opaque,
    },
  ];
}
