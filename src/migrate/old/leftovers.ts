import type { JobRun, StepRun } from "../../lint/model/pipeline.ts";
import { isUnknown } from "../../lint/expressions/value.ts";
import { at, type Span, textOf } from "../../lint/yaml/node.ts";
import type { Notes } from "../notes.ts";
import { commandJob } from "./command-job.ts";
import { isPlumbing } from "./plumbing.ts";
import { buildsImages, pushesBuilds } from "./published/pushes.ts";
import { stepOutput } from "./images/outputs.ts";
import type { Reading } from "./reading.ts";

/** Reports what the runs do besides building, joining and publishing images, each once. */
export function reportLeftovers(readings: readonly Reading[]): void {
  const replaced = placesOf(replacedJobs(readings).map(({ key }) => key));
  const outputs = placesOf(readings.flatMap(neededSteps));
  const steps = readings.flatMap(({ jobs }) => jobs.flatMap((job) => job.steps));
  // A step that does something with images in one run may do nothing in another one.
  const active = placesOf(steps.filter(({ operations }) => operations.length > 0).map(spanOf));
  const builds = steps.filter(({ operations }) => operations.some(({ kind }) => kind === "build"));
  const isKept = (step: StepRun): boolean => {
    const place = placeOf(step.span);
    return !isPlumbing(step) && !outputs.has(place) && !active.has(place);
  };
  for (const { jobs, lost } of readings) {
    for (const job of jobs) {
      reportUnread(job, lost);
      if (job.opaque.length > 0) continue;
      if (replaced.has(placeOf(job.key))) {
        for (const step of job.steps.filter(isKept)) {
          const isBefore = builds.some((build) => isAfter(build, step, job));
          reportStep(step, isBefore, lost);
        }
      } else if (!job.steps.some(({ span }) => outputs.has(placeOf(span)))) {
        const message = `the job ${nameOf(job)} does not build images with BuildKit`;
        lost.add(job.key, message, hintFor(job));
      }
    }
  }
}

function reportUnread({ id, key, matrix, opaque }: JobRun, lost: Notes): void {
  for (const { span, why } of opaque) lost.add(span, why, hintForUnread(why));
  if (!isUnknown(matrix)) return;
  const message = `the matrix of ${id} is only known at run time`;
  lost.add(key, message, "put the matrix into a file, and use import in the config to read it");
}

function spanOf({ span }: StepRun): Span {
  return span;
}

/** Whether a step of a job comes after another one, as far as they are in one file. */
function isAfter({ span }: StepRun, step: StepRun, { node }: JobRun): boolean {
  const isOfJob = span.file === node.file && span.start >= node.start && span.end <= node.end;
  return isOfJob && span.file === step.span.file && span.start > step.span.start;
}

/** The jobs that the new pipeline replaces: they do nothing with images but what it does. */
export function replacedJobs(readings: readonly Pick<Reading, "jobs">[]): readonly JobRun[] {
  return readings.flatMap((reading) =>
    reading.jobs.filter((job) => buildsImages(job) || pushesBuilds(job, reading)),
  );
}

/** Places of the files: the same in all runs, and in all rows of a matrix. */
function placesOf(spans: readonly Span[]): ReadonlySet<string> {
  return new Set(spans.map(placeOf));
}

function placeOf({ file, start }: Span): string {
  return `${file.path}:${start}`;
}

function hintForUnread(why: string): string {
  if (/\bcompose\b/.test(why)) return "use import in the config to read the Compose file";
  return /starts another pipeline/.test(why)
    ? "keep it as a separate job"
    : "add the images of this job to the config manually";
}

/** The steps whose outputs the jobs' values come from: dates, versions, matrices. */
function neededSteps(reading: Reading): readonly Span[] {
  return reading.jobs.flatMap((job) =>
    expressionsOf(job).flatMap((expression) => {
      const found = stepOutput(expression, job, reading);
      return found === undefined ? [] : [found.step.span];
    }),
  );
}

function expressionsOf({ steps, matrix }: JobRun): readonly string[] {
  const texts = steps.flatMap(({ action }) => [...(action?.inputs.values() ?? [])]);
  return [
    ...texts.flatMap(({ value }) => value.unknown.map(({ expression }) => expression)),
    ...(isUnknown(matrix) ? [matrix.expression] : []),
  ].flatMap((text) => text.match(/\b(?:steps|needs)\.[\w-]+\.outputs\.[\w-]+/g) ?? []);
}

function reportStep(step: StepRun, isBeforeBuild: boolean, lost: Notes): void {
  const message = `the step \`${writtenIn(step)}\` is not part of a build`;
  const hint = isBeforeBuild
    ? "if the image needs its output, move the step into the Dockerfile; otherwise run this step in a separate job"
    : "run this step in a separate job";
  lost.add(step.span, message, hint);
}

/** What a step is, as it is written: the same for all rows of a matrix. */
function writtenIn({ action, node, script }: StepRun): string {
  return (
    action?.name ?? firstLine(textOf(node) ?? textOf(at(node, "run")) ?? script?.value.text ?? "")
  );
}

function firstLine(script: string): string {
  const line = script.split("\n").find((text) => text.trim() !== "" && !text.startsWith("#")) ?? "";
  return line.trim().slice(0, 60);
}

/** Its own name, without those of the jobs that call its workflow. */
function nameOf({ id }: JobRun): string {
  return id.split(" / ").at(-1) ?? id;
}

/** What builds without BuildKit, such as on macOS, can be one of the config's `jobs`. */
function hintFor(job: JobRun): string {
  const written = commandJob(job);
  if (written === undefined) return "keep it as a separate job";
  return `to run it in the workflow of \`layerkeep ci github\`, add this to the config:\n${written}`;
}
