import { type CacheUse, cacheWrites, isSure, sameCache } from "../model/caches.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { repositoryCaches } from "./support/caches/repository-caches.ts";

export const ghaCacheOnTags: Rule = {
  id: "gha-cache-on-tags",
  severity: "warning",
  summary: "a run for a tag writes a type=gha cache that no later run can read",
  why: "A GitHub Actions cache belongs to the ref that wrote it. A run can read the caches of its own ref and of the default branch, but not of other tags. A cache that a release writes is useless to other releases, and counts towards the limit of the repository.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios.filter(({ kind }) => isForTag(kind))) {
      for (const write of cacheWrites(pipeline, scenario)) {
        if (write.settings.type !== "gha") continue;
        const warmed = isWarmed(write, pipeline);
        find({
          span: write.settings.span,
          message: warmed
            ? `no later run can read the cache that is written ${scenario.when}`
            : `no other run writes this cache, so it is empty ${scenario.when}`,
          confidence: isSure(write.placed, write.settings) ? "high" : "medium",
          ...(warmed ? { severity: "note" } : {}),
        });
      }
    }
  },
};

function isForTag(kind: string): boolean {
  return kind === "tag" || kind === "release";
}

/** Whether a run may write the cache on a branch, where a tag's run finds it. */
function isWarmed(write: CacheUse, pipeline: Pipeline): boolean {
  return repositoryCaches(pipeline)
    .writes.like(write)
    .some(
      (other) =>
        ["branch", "schedule", "workflow_dispatch", "merged"].includes(
          other.placed.scenario.kind,
        ) && sameCache(write, other) !== false,
    );
}
