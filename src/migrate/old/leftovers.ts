import type { JobRun, StepRun } from "../../lint/model/pipeline.ts";
import { isUnknown } from "../../lint/expressions/value.ts";
import { commandJob } from "./command-job.ts";
import { stepOutput } from "./outputs.ts";
import type { Reading } from "./reading.ts";

/** Reports what the run does besides building, joining and publishing images. */
export function reportLeftovers(reading: Reading): void {
  const { jobs, lost } = reading;
  const needed = neededSteps(jobs, reading);
  for (const job of jobs) {
    for (const { span, why } of job.opaque)
      lost.add(span, why, "add the images of this job to the config manually");
    if (isUnknown(job.matrix)) {
      const message = `the matrix of ${job.id} is only known at run time`;
      lost.add(
        job.key,
        message,
        "put the matrix into a file, and use import in the config to read it",
      );
    }
    if (job.opaque.length > 0) continue;
    const kinds = job.steps.flatMap(({ operations }) => operations.map(({ kind }) => kind));
    if (kinds.includes("build") || kinds.includes("merge")) {
      for (const step of job.steps) {
        if (!isPlumbing(step) && !needed.has(step)) reportStep(step, job, reading);
      }
    } else if (!job.steps.some((step) => needed.has(step))) {
      lost.add(job.key, `the job ${job.id} does not build images with BuildKit`, hintFor(job));
    }
  }
}

/** The steps whose outputs the jobs' values come from: dates, versions, matrices. */
function neededSteps(jobs: readonly JobRun[], reading: Reading): ReadonlySet<StepRun> {
  const needed = new Set<StepRun>();
  for (const job of jobs) {
    for (const expression of expressionsOf(job)) {
      const found = stepOutput(expression, job, reading);
      if (found !== undefined) needed.add(found.step);
    }
  }
  return needed;
}

function expressionsOf({ steps, matrix }: JobRun): readonly string[] {
  const texts = steps.flatMap(({ action }) => [...(action?.inputs.values() ?? [])]);
  return [
    ...texts.flatMap(({ value }) => value.unknown.map(({ expression }) => expression)),
    ...(isUnknown(matrix) ? [matrix.expression] : []),
  ].flatMap((text) => text.match(/\b(?:steps|needs)\.[\w-]+\.outputs\.[\w-]+/g) ?? []);
}

/** Actions that the generated workflow needs no more, or has itself. */
const plumbing =
  /^(?:actions\/(?:checkout|cache|cache\/\w+|upload-artifact|download-artifact)|docker\/(?:setup-[\w-]+|login-action|metadata-action|build-push-action|bake-action)|(?:.*\/)?(?:free-disk-space|maximize-build-space)[\w-]*|crazy-max\/ghaction-[\w-]+|depot\/setup-action|step-security\/harden-runner|reproducible-containers\/.*)$/;

function isPlumbing({ action, script, operations }: StepRun): boolean {
  if (operations.length > 0) return true;
  if (action !== undefined) return plumbing.test(action.name) || action.name.startsWith("./");
  const text = script?.value.text ?? "";
  return text.split("\n").every((line) => plumbingLine.test(line.trim()));
}

/** Digests written to files, images looked at, dates, platforms made fit for a name, disks freed. */
const plumbingLine =
  /^(?:$|#|mkdir |touch |digest=|docker (?:buildx )?(?:imagetools )?(?:inspect|version|info|ls|images)\b|docker (?:system|image|builder) prune|ls\b|df\b|echo |platform=|set -|(?:sudo )?rm -rf )/;

function reportStep({ span, action, script }: StepRun, job: JobRun, { lost }: Reading): void {
  const what = action?.name ?? firstLine(script?.value.text ?? "");
  lost.add(
    span,
    `the step \`${what}\` of ${job.id} is not part of a build`,
    "run this step in a separate job",
  );
}

function firstLine(script: string): string {
  const line = script.split("\n").find((text) => text.trim() !== "" && !text.startsWith("#")) ?? "";
  return line.trim().slice(0, 60);
}

/** What builds without BuildKit, such as on macOS, can be one of the config's `jobs`. */
function hintFor(job: JobRun): string {
  const written = commandJob(job);
  if (written === undefined) return "keep it as a separate job";
  return `to run it in the workflow of \`layerkeep ci github\`, add this to the config:\n${written}`;
}

/** Whether a step frees the disk of its runner. */
export function freesDisk({ jobs }: Pick<Reading, "jobs">): boolean {
  return jobs
    .flatMap(({ steps }) => steps)
    .some(({ action }) => /free-disk-space|maximize-build-space/.test(action?.name ?? ""));
}
