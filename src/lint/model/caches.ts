import { sameInAllRuns, sameText, type Text, type Tri } from "../expressions/value.ts";
import { remember } from "../remember.ts";
import { buildsIn, type Placed } from "./builds.ts";
import { cacheIdentity } from "./cache-identity.ts";
import type { Build, Settings } from "./operation.ts";
import type { Pipeline, PipelineScenario } from "./pipeline.ts";

/** A cache that a build reads or writes. */
export interface CacheUse {
  readonly placed: Placed<Build>;
  readonly settings: Settings;
  /** What tells it from others of its type. */
  readonly name: Text;
}

/** The caches that a run may write; without those that have no name: inline ones. */
export function cacheWrites(pipeline: Pipeline, scenario: PipelineScenario): readonly CacheUse[] {
  return usesIn(buildsIn(pipeline, scenario)).writes;
}

export function cacheReads(pipeline: Pipeline, scenario: PipelineScenario): readonly CacheUse[] {
  return usesIn(buildsIn(pipeline, scenario)).reads;
}

const usesIn = remember((builds: readonly Placed<Build>[]) => ({
  writes: builds.flatMap((placed) => usesOf(placed, placed.operation.cacheTo)),
  reads: builds.flatMap((placed) => usesOf(placed, placed.operation.cacheFrom)),
}));

function usesOf(placed: Placed<Build>, all: readonly Settings[]): readonly CacheUse[] {
  return all.flatMap((settings) => {
    const name = cacheIdentity(settings);
    return name === undefined ? [] : [{ placed, settings, name }];
  });
}

/** Whether it is certain that a build uses a cache. */
export function isSure({ runs }: Placed, { value }: Settings): boolean {
  return runs === true && value.orEmpty === undefined;
}

/** Whether two builds use one cache; undefined if only a run can tell. */
export function sameCache(one: CacheUse, other: CacheUse): Tri {
  if (one.settings.type !== other.settings.type) return false;
  const { placed, name } = one;
  if (placed.job === other.placed.job && name.text === other.name.text) return true;
  const oneRun = placed.scenario === other.placed.scenario;
  return oneRun ? sameText(name, other.name) : sameInAllRuns(name, other.name);
}
