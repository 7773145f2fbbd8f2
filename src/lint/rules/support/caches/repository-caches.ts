import { calledWorkflows } from "../../../github/jobs/called-workflows.ts";
import type { Repository } from "../../../files/repository.ts";
import { type CacheUses, cacheUses } from "../../../model/cache-uses.ts";
import { cacheReads, cacheWrites } from "../../../model/caches.ts";
import type { Pipeline } from "../../../model/pipeline.ts";
import { readPipeline } from "../../../read-pipeline.ts";
import type { SourceFile } from "../../../yaml/node.ts";

/** The caches that the runs of a repository read and write. */
export interface RepositoryCaches {
  readonly reads: CacheUses;
  readonly writes: CacheUses;
  /** Whether all workflows are known, and all parts of their jobs could be read. */
  readonly isWhole: boolean;
}

const known = new WeakMap<Repository, Map<SourceFile, RepositoryCaches>>();

/** The caches of all workflows in the repository of a pipeline, and its own. */
export function repositoryCaches(pipeline: Pipeline): RepositoryCaches {
  const { repository, file } = pipeline;
  const before = known.get(repository) ?? new Map<SourceFile, RepositoryCaches>();
  known.set(repository, before);
  const found = before.get(file);
  if (found !== undefined) return found;
  const listed = pipelinesIn(repository);
  const isListed = listed.some((one) => one.file === file);
  const all = isListed ? listed : [...listed, pipeline];
  const caches = cachesIn(all, repository);
  for (const one of all) before.set(one.file, caches);
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

function cachesIn(pipelines: readonly Pipeline[], repository: Repository): RepositoryCaches {
  const paths = pipelines.map(({ file }) => file.path);
  const called = calledWorkflows(paths, repository);
  const runs = pipelines.flatMap((pipeline) =>
    pipeline.scenarios
      // It is seen where it is called, with what its inputs are there.
      .filter(({ kind }) => kind !== "workflow_call" || !called.has(pipeline.file.path))
      .map((scenario) => ({ pipeline, scenario })),
  );
  const jobs = runs.flatMap(({ pipeline, scenario }) => pipeline.runsIn(scenario));
  return {
    reads: cacheUses(runs.flatMap(({ pipeline, scenario }) => cacheReads(pipeline, scenario))),
    writes: cacheUses(runs.flatMap(({ pipeline, scenario }) => cacheWrites(pipeline, scenario))),
    isWhole: repository.files.size > 0 && jobs.every(({ opaque }) => opaque.length === 0),
  };
}
