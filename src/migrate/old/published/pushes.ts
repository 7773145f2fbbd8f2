import type { Text } from "../../../lint/expressions/value.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { Build, Operation, Push } from "../../../lint/model/operation.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import type { Reading } from "../reading.ts";

interface Placed<Kind extends Operation> {
  readonly operation: Kind;
  readonly step: StepRun;
  readonly job: JobRun;
}

/** The tags of a build that later commands of its job, or another job, push. */
export function pushedLater(build: Placed<Build>, { jobs }: Reading): readonly Field[] {
  return placedIn(jobs, isPush)
    .filter((push) => isPushOf(push, build))
    .flatMap(({ operation }) =>
      operation.allTags === true
        ? build.operation.tags
        : [{ value: operation.reference, span: operation.span }],
    );
}

/** Whether a job pushes images, and only such that the run builds. */
export function pushesBuilds(job: JobRun, { jobs }: Pick<Reading, "jobs">): boolean {
  const pushes = placedIn([job], isPush);
  const builds = placedIn(jobs, isBuild);
  return pushes.length > 0 && pushes.every((push) => builds.some((build) => isPushOf(push, build)));
}

/** Reports what jobs with images push beside those that they build or join. */
export function reportOtherPushes({ jobs, lost }: Reading): void {
  const own = jobs.filter(buildsImages);
  const builds = placedIn(jobs, isBuild);
  const joined = new Set(
    placedIn(own, isMerge).flatMap(({ operation }) => operation.tags.map(named)),
  );
  for (const push of placedIn(own, isPush)) {
    const { reference, span } = push.operation;
    if (joined.has(named(reference)) || builds.some((build) => isPushOf(push, build))) continue;
    const message = `${shown(reference)} is pushed, but its build was not found`;
    lost.add(span, message, "add the tags of this push to the variant");
  }
}

/** Whether a job builds or joins images. */
export function buildsImages(job: JobRun): boolean {
  return placedIn([job], isBuild).length > 0 || placedIn([job], isMerge).length > 0;
}

/**
 * Whether a build made what is pushed: it has that name, or it is the only image that the job has,
 * which `docker tag` gave another one.
 */
function isPushOf(push: Placed<Push>, build: Placed<Build>): boolean {
  const builds = placedIn([push.job], isBuild).map(({ operation }) => operation);
  const isTagged = builds.some((other) => hasName(other, push.operation));
  if (push.job !== build.job) {
    const isSame = push.operation.reference.unknown.every(({ constancy }) => constancy === "run");
    return isSame && !isTagged && hasName(build.operation, push.operation);
  }
  const { steps } = push.job;
  if (steps.indexOf(push.step) < steps.indexOf(build.step)) return false;
  return hasName(build.operation, push.operation) || (builds.length === 1 && !isTagged);
}

function hasName({ tags }: Build, { reference, allTags }: Push): boolean {
  const name = allTags === true ? repositoryOf : named;
  return tags.some(({ value }) => name(value) === name(reference));
}

/** A reference without a tag is that of `latest`. */
function named(reference: Text): string {
  const repository = repositoryOf(reference);
  return repository === reference.text ? `${repository}:latest` : reference.text;
}

function repositoryOf({ text }: Text): string {
  const hidden = text.replace(/\$\{\{.*?\}\}/gs, (expression) => "_".repeat(expression.length));
  const colon = hidden.lastIndexOf(":");
  return colon > hidden.lastIndexOf("/") ? text.slice(0, colon) : text;
}

/** As a script of GitLab writes it: `$NAME`. */
function shown({ text }: Text): string {
  return text.replace(/\$\{\{ (\$\w+) \}\}/g, "$1");
}

function placedIn<Kind extends Operation>(
  jobs: readonly JobRun[],
  isOfKind: (operation: Operation) => operation is Kind,
): readonly Placed<Kind>[] {
  return jobs.flatMap((job) =>
    job.steps.flatMap((step) =>
      step.operations.filter(isOfKind).map((operation) => ({ operation, step, job })),
    ),
  );
}

function isBuild(operation: Operation): operation is Build {
  return operation.kind === "build";
}

function isPush(operation: Operation): operation is Push {
  return operation.kind === "push";
}

function isMerge(
  operation: Operation,
): operation is Extract<Operation, { readonly kind: "merge" }> {
  return operation.kind === "merge";
}
