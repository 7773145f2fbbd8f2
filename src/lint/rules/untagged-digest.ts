import { buildsIn, operationsIn, type Placed } from "../model/builds.ts";
import { repositoryOf } from "../model/image-name.ts";
import { sameText, type Text } from "../expressions/value.ts";
import type { Build, Merge } from "../model/operation.ts";
import type { JobRun } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import { isAfter } from "./support/jobs.ts";
import { oncePerPlace } from "./support/once-per-place.ts";
import { type ImageOutput, imageOutputs } from "./support/images/pushes.ts";

export const untaggedDigest: Rule = {
  id: "untagged-digest",
  severity: "warning",
  summary: "an image is pushed without a tag and merged in a later job",
  why: "Until the merge, no tag points to the image, so a registry might delete it. If the merge has to wait for a slow build or a runner, the image might be gone by then.",
  check: (pipeline, report) => {
    const once = oncePerPlace(report);
    for (const scenario of pipeline.scenarios) {
      const jobs = pipeline.runsIn(scenario);
      const merges = operationsIn(pipeline, scenario, "merge");
      for (const build of buildsIn(pipeline, scenario)) check(build, { jobs, merges }, once);
    }
  },
};

interface Later {
  readonly jobs: readonly JobRun[];
  readonly merges: readonly Placed<Merge>[];
}

function check(build: Placed<Build>, { jobs, merges }: Later, { find, cannotTell }: Report): void {
  const { operation, job, runs } = build;
  const outputs = imageOutputs(operation);
  for (const output of outputs.filter(({ byDigest }) => byDigest !== false)) {
    const { span } = output.settings;
    const repository = untaggedRepository(output, outputs);
    if (repository === undefined) continue;
    const merge = merges.find((one) => isAfter(one.job, job, jobs));
    if (merge === undefined) {
      const unseen = jobs.find((one) => isUnseen(one) && isAfter(one, job, jobs));
      const why = unseen?.opaque[0]?.why;
      if (why !== undefined)
        cannotTell(span, `${unseen?.id ?? ""} might merge this image, but ${why}`);
      continue;
    }
    const collects = /^quay\.io\//.test(repository.text);
    const sure = runs === true && merge.runs === true && output.byDigest === true;
    find({
      span,
      message: `the image in ${repository.text} has no tag until the job ${merge.job.id} has run`,
      severity: collects ? "warning" : "note",
      confidence: collects && sure ? "high" : "medium",
    });
  }
}

function isUnseen({ steps, opaque }: JobRun): boolean {
  return steps.length === 0 && opaque.length > 0;
}

/** The repository that gets no tag from another output of the same build. */
function untaggedRepository(
  { names }: ImageOutput,
  outputs: readonly ImageOutput[],
): Text | undefined {
  const tagged = outputs.filter(({ byDigest }) => byDigest === false).flatMap((one) => one.names);
  const untagged = names
    .map(repositoryOf)
    .filter((name) => !tagged.some((other) => sameText(repositoryOf(other), name) === true));
  return untagged.find(({ text }) => text.startsWith("quay.io/")) ?? untagged[0];
}
