import { isUnknown } from "../../../expressions/value.ts";
import { type CacheUse, cacheWrites, isSure } from "../../../model/caches.ts";
import type { Pipeline, PipelineScenario } from "../../../model/pipeline.ts";
import type { Report } from "../../../rule.ts";
import { cacheWriters, type CacheWrites, isSameImage } from "./cache-writers.ts";
import { isFromMatrix } from "../from-matrix.ts";
import { platformsOf } from "../images/platform-of.ts";

/**
 * How one cache came to be written by several builds: GitHub's cache has no scope; they are one
 * image for several platforms; or they are different images.
 */
export type CollisionKind = "default-scope" | "platforms" | "images";

interface Collision {
  readonly kind: CollisionKind;
  readonly write: CacheUse;
  /** Another build that writes it; undefined if it is one of rows that are not known. */
  readonly other: CacheUse | undefined;
}

interface Collisions {
  readonly found: readonly Collision[];
  /** Writes that may collide: the names are known in a run. */
  readonly uncertain: readonly (Omit<Collision, "other"> & { readonly why: string })[];
}

const known = new WeakMap<Pipeline, Collisions>();

/** Reports the builds of one run that replace each other's cache in this way. */
export function reportCollisions(pipeline: Pipeline, kind: CollisionKind, report: Report): void {
  const before = known.get(pipeline);
  const { found, uncertain } = before ?? collisionsIn(pipeline);
  known.set(pipeline, { found, uncertain });
  for (const { write, other } of found.filter((collision) => collision.kind === kind)) {
    const sure = [write, other].every(
      (use) => use !== undefined && isSure(use.placed, use.settings),
    );
    report.find({
      span: write.settings.span,
      message: `${writerOf(write, other)} ${what[kind]}`,
      confidence: sure ? "high" : "medium",
    });
  }
  for (const { write, why } of uncertain.filter((collision) => collision.kind === kind)) {
    report.cannotTell(write.settings.span, why);
  }
}

const what: Readonly<Record<CollisionKind, string>> = {
  "default-scope": "writes the default scope of type=gha",
  platforms: "writes this cache for another platform",
  images: "writes this cache",
};

function writerOf({ placed }: CacheUse, other: CacheUse | undefined): string {
  if (other === undefined) return "each matrix job probably";
  const { job } = other.placed;
  if (job === placed.job) return "another build of this job";
  return job.id === placed.job.id ? "each matrix job" : `the job ${job.id} also`;
}

function collisionsIn(pipeline: Pipeline): Collisions {
  const all = pipeline.scenarios.map((scenario) => inScenario(pipeline, scenario));
  return {
    found: all.flatMap(({ found }) => found),
    uncertain: all.flatMap(({ uncertain }) => uncertain),
  };
}

function inScenario(pipeline: Pipeline, scenario: PipelineScenario): Collisions {
  const writes = cacheWrites(pipeline, scenario).filter(
    ({ settings }) => settings.type !== "local",
  );
  const writers = cacheWriters(writes);
  const found: Collision[] = [];
  const uncertain: Collisions["uncertain"][number][] = [];
  for (const write of writes) {
    const others = writers.others(write);
    const unclear = writers.unclear(write);
    const other = others.first();
    if (other !== undefined) {
      found.push({ kind: kindOf(write, others), write, other });
    } else if (unclear.first() !== undefined) {
      uncertain.push({ kind: kindOf(write, unclear), write, why: nameUnknown });
    } else if (isUnknown(write.placed.job.matrix)) {
      const kind = kindInRows(write);
      if (isFromMatrix(write.name)) uncertain.push({ kind, write, why: rowsUnknown });
      else found.push({ kind, write, other });
    }
  }
  return { found, uncertain };
}

const nameUnknown = "other jobs might write this cache under a name that is only known at run time";
const rowsUnknown = "the matrix is only known at run time, so its jobs might write the same cache";

function kindOf(write: CacheUse, others: CacheWrites): CollisionKind {
  if (hasDefaultScope(write)) return "default-scope";
  const onlyPlatforms = others.every(
    (other) => isSameImage(write, other) && platformsOf(write.placed) !== platformsOf(other.placed),
  );
  return onlyPlatforms ? "platforms" : "images";
}

/** Of the rows of a matrix that is not known. */
function kindInRows(write: CacheUse): CollisionKind {
  if (hasDefaultScope(write)) return "default-scope";
  const { context, dockerfile, target } = write.placed.operation;
  const sameImage = ![context, dockerfile, target].some(
    (field) => field !== undefined && isFromMatrix(field.value),
  );
  const differs = /\b(?:matrix|strategy)\b/.test(platformsOf(write.placed));
  return sameImage && differs ? "platforms" : "images";
}

function hasDefaultScope({ settings }: CacheUse): boolean {
  return settings.type === "gha" && !settings.attributes.has("scope");
}
