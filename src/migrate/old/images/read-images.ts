import { knownText } from "../../../lint/expressions/value.ts";
import type { Build, Settings } from "../../../lint/model/operation.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import { splitText } from "../../../lint/expressions/value.ts";
import type { Field } from "../../../lint/model/field.ts";
import { formatPlatform, parsePlatform } from "../../../oci/platform.ts";
import { isBake, isUnread, reportBake, withMetadata } from "./bake-builds.ts";
import { withMerges } from "../published/merges.ts";
import type { OldImage } from "./old-image.ts";
import { publicationsOf, withAnnotations } from "../published/publications.ts";
import { pushedLater, reportOtherPushes } from "../published/pushes.ts";
import type { Reading } from "../reading.ts";
import { optionsOf } from "./options.ts";
import { recipeOf } from "./recipe.ts";
import { repositoryOf } from "../published/repositories.ts";
import { constant, expressionsOf } from "../texts.ts";

/** The images that an example run builds, with what its merges publish. */
export function readImages(reading: Reading): readonly OldImage[] {
  const images = reading.jobs.flatMap((job) =>
    job.steps.flatMap((step) =>
      step.operations.flatMap((operation) =>
        operation.kind === "build" ? imageOf(operation, step, job, reading) : [],
      ),
    ),
  );
  reportOtherPushes(reading);
  return withMerges(images, reading);
}

function imageOf(given: Build, step: StepRun, job: JobRun, reading: Reading): readonly OldImage[] {
  const build = isBake(given) ? withMetadata(given, step, job, reading) : given;
  if (isBake(build)) reportBake(build, reading);
  for (const why of build.opaque) reading.lost.add(build.span, why, "add a variant for this build");
  if (isBake(build) && isUnread(build)) return [];
  const read = recipeOf(build, step, job, reading);
  const platforms = platformsOf(build, job, reading);
  if (read === undefined || platforms.length === 0) return [];
  const byDigest = build.outputs.filter(isByDigest);
  const [label] = job.runner;
  const runner = label === undefined ? undefined : knownText(label);
  return [
    {
      span: build.span,
      job,
      step,
      ...read,
      platforms,
      runner: platforms.length === 1 ? runner : undefined,
      published:
        byDigest.length > 0
          ? []
          : withAnnotations(
              publicationsOf(pushedTags(build, step, job, reading), job, reading),
              optionsOf(build, step)("annotation"),
              job,
              reading,
            ),
      digests: byDigest.flatMap((output) => digestRepositories(output, build, reading)),
      cacheFrom: build.cacheFrom,
      cacheTo: build.cacheTo,
    },
  ];
}

function isPushed({ type, attributes }: Settings): boolean {
  return type === "registry" || attributes.get("push")?.text === "true";
}

function isByDigest({ attributes }: Settings): boolean {
  return attributes.get("push-by-digest")?.text === "true";
}

/** The tags that a build pushes itself, or that a later command pushes. */
function pushedTags(build: Build, step: StepRun, job: JobRun, reading: Reading): readonly Field[] {
  const outputs = build.outputs.filter(isPushed);
  return build.push !== false || outputs.length > 0
    ? [...build.tags, ...outputs.flatMap(namesOf)]
    : pushedLater({ operation: build, step, job }, reading);
}

/** An output without a name has those of the tags. */
function digestRepositories(
  output: Settings,
  { tags }: Build,
  reading: Reading,
): readonly string[] {
  const names = namesOf(output);
  return (names.length > 0 ? names : tags).flatMap((name) => repositoryOf(name, reading) ?? []);
}

/** `name=a,b` is written with quotes: `"name=a,b"`. */
function namesOf({ attributes, span }: Settings): readonly Field[] {
  const name = attributes.get("name");
  if (name === undefined || name.text === "") return [];
  return splitText(name, ",").map((value) => ({ value, span }));
}

/** Those that are named, or else that of the runner. */
function platformsOf(build: Build, job: JobRun, reading: Reading): readonly string[] {
  if (build.platforms.length === 0) {
    const isArm = job.runner.some(({ text }) => /\barm(?:64)?\b|aarch64/i.test(text));
    return [isArm ? "linux/arm64" : "linux/amd64"];
  }
  return build.platforms.flatMap(({ value, span }) => {
    const text = constant(value, reading);
    if (text === undefined) {
      const message = `the platform depends on ${expressionsOf(value)}, which is only known at run time`;
      reading.lost.add(span, message, "add the platform to the variant");
      return [];
    }
    try {
      return [formatPlatform(parsePlatform(text))];
    } catch {
      reading.lost.add(span, `"${text}" is not a valid platform`);
      return [];
    }
  });
}
