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
): readonly Placed<Operation & { readonly kind: Kind }>[] {
  return placedIn(pipeline, scenario).filter((placed) => isOf(placed, kind));
}

const known = new WeakMap<readonly JobRun[], readonly Placed[]>();

/** Every operation; each rule asks for them. */
function placedIn(pipeline: Pipeline, scenario: PipelineScenario): readonly Placed[] {
  const jobs = pipeline.runsIn(scenario);
  const before = known.get(jobs);
  if (before !== undefined) return before;
  const placed = jobs.flatMap((job) =>
    job.steps.flatMap((step) =>
      step.operations.map((operation) => {
        return { scenario, job, step, operation, runs: runsOf(operation, job, step) };
      }),
    ),
  );
  known.set(jobs, placed);
  return placed;
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
