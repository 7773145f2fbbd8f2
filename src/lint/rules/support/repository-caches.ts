import type { Repository } from "../../files/repository.ts";
import { type CacheUses, cacheUses } from "../../model/cache-uses.ts";
import { cacheReads, cacheWrites } from "../../model/caches.ts";
import type { Opaque, Pipeline } from "../../model/pipeline.ts";
import { readPipeline } from "../../read-pipeline.ts";

/** The caches that the runs of a repository read and write. */
export interface RepositoryCaches {
  readonly reads: CacheUses;
  readonly writes: CacheUses;
  /** Parts of jobs that may use more caches, but could not be read. */
  readonly opaque: readonly Opaque[];
}

const known = new WeakMap<Repository, ReadonlyMap<Pipeline, RepositoryCaches>>();

/** The caches of all workflows in the repository of a pipeline, and its own. */
export function repositoryCaches(pipeline: Pipeline): RepositoryCaches {
  const { repository } = pipeline;
  const before = known.get(repository) ?? new Map<Pipeline, RepositoryCaches>();
  const found = before.get(pipeline);
  if (found !== undefined) return found;
  const pipelines = pipelinesIn(repository);
  const all = pipelines.includes(pipeline) ? pipelines : [...pipelines, pipeline];
  const caches = cachesIn(all);
  known.set(repository, new Map([...before, ...all.map((one) => [one, caches] as const)]));
  return caches;
}

function pipelinesIn(repository: Repository): readonly Pipeline[] {
  return [...repository.files]
    .filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$|^\.gitlab-ci\.yml$/.test(path))
    .flatMap((path) => {
      const file = repository.read(path);
      return (file === undefined ? undefined : readPipeline(file, repository).pipeline) ?? [];
    });
}

function cachesIn(pipelines: readonly Pipeline[]): RepositoryCaches {
  const called = new Set(
    pipelines.flatMap(({ workflow }) => workflow?.jobs.map(({ uses }) => uses?.text) ?? []),
  );
  const runs = pipelines.flatMap((pipeline) =>
    pipeline.scenarios
      // It is seen where it is called, with what its inputs are there.
      .filter(({ kind }) => kind !== "workflow_call" || !called.has(`./${pipeline.file.path}`))
      .map((scenario) => ({ pipeline, scenario })),
  );
  return {
    reads: cacheUses(runs.flatMap(({ pipeline, scenario }) => cacheReads(pipeline, scenario))),
    writes: cacheUses(runs.flatMap(({ pipeline, scenario }) => cacheWrites(pipeline, scenario))),
    opaque: runs.flatMap(({ pipeline, scenario }) =>
      pipeline.runsIn(scenario).flatMap(({ opaque }) => opaque),
    ),
  };
}
