import type { Confidence } from "../finding.ts";
import { type CacheUse, cacheReads, cacheWrites, isSure, sameCache } from "../model/caches.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import { type RepositoryCaches, repositoryCaches } from "./support/caches/repository-caches.ts";

export const cacheNotRead: Rule = {
  id: "cache-not-read",
  severity: "warning",
  summary: "a cache is written but never read",
  why: "A build reads only the caches listed in cache-from. Exporting a cache that no build reads takes time and saves none.",
  check: (pipeline, report) => {
    for (const scenario of pipeline.scenarios) {
      const reads = cacheReads(pipeline, scenario);
      for (const write of cacheWrites(pipeline, scenario)) {
        // The folder that is written is often moved to the one that is read.
        if (write.settings.type !== "local") check(write, reads, pipeline, report);
      }
    }
  },
};

function check(
  write: CacheUse,
  reads: readonly CacheUse[],
  pipeline: Pipeline,
  { find, cannotTell }: Report,
): void {
  const { span } = write.settings;
  const { job, operation } = write.placed;
  const own = reads.filter(({ placed }) => placed.job === job);
  if (own.some((read) => sameCache(write, read) !== false)) return;
  const caches = repositoryCaches(pipeline);
  const same = caches.reads.like(write).map((read) => sameCache(write, read));
  if (same.includes(true)) {
    if (operation.noCache !== false) return;
    const message = `the job ${job.id} writes this cache but does not read it`;
    find({ span, message, confidence: "medium" });
  } else if (same.includes(undefined)) {
    cannotTell(span, "a build might read this cache under a name that is only known at run time");
  } else if (operation.opaque.length > 0) {
    cannotTell(span, `cannot determine which caches the build reads: ${operation.opaque[0] ?? ""}`);
  } else {
    const confidence = confidenceOf(write, caches);
    find({ span, message: "no build reads this cache", confidence });
  }
}

/** Only GitHub's own cache cannot be read by another repository. */
function confidenceOf({ settings, placed }: CacheUse, { isWhole }: RepositoryCaches): Confidence {
  const sure = settings.type === "gha" && isSure(placed, settings) && isWhole;
  return sure ? "high" : "medium";
}
