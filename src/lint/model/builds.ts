import { both, type Tri } from "../expressions/value.ts";
import type { Build, Operation } from "./operation.ts";
import type { JobRun, Pipeline, PipelineScenario, StepRun } from "./pipeline.ts";

/** An operation of a run, and what it is in. */
export interface Placed<Kind extends Operation = Operation> {
  readonly scenario: PipelineScenario;
  readonly job: JobRun;
  readonly step: StepRun;
  readonly operation: Kind;
  /** Whether it happens: the conditions of the job, of the step and in its script. */
  readonly runs: Tri;
}

/** The operations of a kind that a run may carry out, in the order of jobs and steps. */
export function operationsIn<Kind extends Operation["kind"]>(
  pipeline: Pipeline,
  scenario: PipelineScenario,
  kind: Kind,
): ByKind[Kind] {
  const jobs = pipeline.runsIn(scenario);
  const before = known.get(jobs);
  const found = before ?? byKind(placedIn(jobs, scenario));
  if (before === undefined) known.set(jobs, found);
  return found[kind];
}

type ByKind = {
  readonly [Kind in Operation["kind"]]: readonly Placed<Operation & { readonly kind: Kind }>[];
};

/** Each rule asks for them. */
const known = new WeakMap<readonly JobRun[], ByKind>();

function placedIn(jobs: readonly JobRun[], scenario: PipelineScenario): readonly Placed[] {
  return jobs.flatMap((job) =>
    job.steps.flatMap((step) =>
      step.operations.map((operation) => {
        return { scenario, job, step, operation, runs: runsOf(operation, job, step) };
      }),
    ),
  );
}

function byKind(all: readonly Placed[]): ByKind {
  return {
    build: all.filter((placed) => isOf(placed, "build")),
    push: all.filter((placed) => isOf(placed, "push")),
    merge: all.filter((placed) => isOf(placed, "merge")),
    login: all.filter((placed) => isOf(placed, "login")),
    upload: all.filter((placed) => isOf(placed, "upload")),
    download: all.filter((placed) => isOf(placed, "download")),
  };
}

function runsOf({ conditional }: Operation, job: JobRun, step: StepRun): Tri {
  return both(both(job.runs, step.runs), conditional === true ? undefined : true);
}

/** The builds that a run may carry out. */
export function buildsIn(pipeline: Pipeline, scenario: PipelineScenario): readonly Placed<Build>[] {
  return operationsIn(pipeline, scenario, "build");
}

function isOf<Kind extends Operation["kind"]>(
  placed: Placed,
  kind: Kind,
): placed is Placed<Operation & { readonly kind: Kind }> {
  return placed.operation.kind === kind;
}
