import { sameText, type Text } from "../expressions/value.ts";
import { buildsIn, operationsIn, type Placed } from "../model/builds.ts";
import { hasDigest, repositoryOf } from "../model/image-name.ts";
import type { Build, Merge } from "../model/operation.ts";
import type { JobRun } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import { isAfter } from "./support/jobs.ts";
import { oncePerPlace } from "./support/once-per-place.ts";
import { imageOutputs, pushes } from "./support/images/pushes.ts";

export const mergeFromOtherRepository: Rule = {
  id: "merge-from-other-repository",
  severity: "error",
  summary:
    "a merge reads images from a repository that does not contain them or does not keep them",
  why: "A digest exists only in the repository that it was pushed to, and only a tag in that repository keeps it. A merge from another repository cannot find the digest, or fails once the registry has deleted untagged images.",
  check: (pipeline, all) => {
    const report = oncePerPlace(all);
    for (const scenario of pipeline.scenarios) {
      const jobs = pipeline.runsIn(scenario);
      const merges = operationsIn(pipeline, scenario, "merge");
      const pushed = [...buildsIn(pipeline, scenario), ...merges].map((placed) => ({
        placed,
        job: placed.job,
        sure: placed.runs === true,
        images: imagesOf(placed),
      }));
      for (const merge of merges) {
        const builds = pushed.filter(
          ({ placed, job }) =>
            isAfter(merge.job, job, jobs) ||
            (job === merge.job && placed.operation.kind === "build"),
        );
        checkMerge(merge, builds, report);
      }
    }
  },
};

interface Pushed {
  readonly job: JobRun;
  readonly sure: boolean;
  /** Undefined if only a run can tell to where. */
  readonly images: readonly PushedImage[] | undefined;
}

interface PushedImage {
  readonly repository: Text;
  readonly tagged: boolean;
}

/** The repositories that a build pushes to, or that a merge copies to: it may keep one image. */
function imagesOf({ operation }: Placed<Build | Merge>): Pushed["images"] {
  if (operation.kind === "build") return pushedBy(operation);
  const [source, ...others] = operation.sources;
  const isCopy = source !== undefined && others.length === 0 && hasDigest(source);
  return [
    ...(isCopy ? [{ repository: repositoryOf(source), tagged: false }] : []),
    ...operation.tags.map((tag) => ({ repository: repositoryOf(tag), tagged: true })),
  ];
}

/** The repositories that a build pushes to, with a tag or without. */
function pushedBy(build: Build): Pushed["images"] {
  const outputs = imageOutputs(build);
  if (build.outputs.some(({ type }) => type === undefined)) return undefined;
  if (outputs.some(({ names }) => names.length === 0)) return undefined;
  const tags = outputs.length === 0 && pushes(build) !== false ? build.tags : [];
  return [
    ...tags.map(({ value }) => ({ repository: repositoryOf(value), tagged: true })),
    ...outputs.flatMap(({ names, byDigest }) =>
      names.map((name) => ({ repository: repositoryOf(name), tagged: byDigest === false })),
    ),
  ];
}

function checkMerge(
  { operation, runs }: Placed<Merge>,
  builds: readonly Pushed[],
  { find, cannotTell }: Report,
): void {
  const { span, sources } = operation;
  const known = builds.flatMap(({ images }) => images ?? []);
  if (!known.some(({ tagged }) => !tagged)) return;
  for (const source of sources.filter(hasDigest).map(repositoryOf)) {
    const same = known.map(({ repository }) => sameText(repository, source));
    const found = known.filter((_, at) => same[at] === true);
    const keeper = found.length === 0 ? undefined : keeperOf(source, builds);
    if (keeper !== undefined) {
      const message = `no tag protects the digests in ${source.text} from deletion: merge from ${keeper.text}, which has a tag`;
      find({ span, message, confidence: "medium" });
    } else if (found.length === 0 && same.every((one) => one === false)) {
      const [other] = known;
      const sure = runs === true && builds.every((build) => build.sure && build.images);
      const message = `the builds push by digest to ${other?.repository.text ?? ""}, not to ${source.text}`;
      find({ span, message, confidence: sure ? "high" : "medium" });
    } else if (found.length === 0) {
      cannotTell(span, `the builds might push to a repository other than ${source.text}`);
    }
  }
}

/** Where a build tags what it pushes to `source` without a tag. */
function keeperOf(source: Text, builds: readonly Pushed[]): Text | undefined {
  const isSource = ({ repository }: PushedImage): boolean => sameText(repository, source) === true;
  for (const { images = [] } of builds) {
    const own = images.filter(isSource);
    if (own.length === 0 || own.some(({ tagged }) => tagged)) continue;
    const keeper = images.find(({ tagged }) => tagged);
    if (keeper !== undefined) return keeper.repository;
  }
  return undefined;
}
