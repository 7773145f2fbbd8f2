import { type CacheUse, cacheWrites, isSure, sameCache } from "../model/caches.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { repositoryCaches } from "./support/repository-caches.ts";

export const ghaCacheOnTags: Rule = {
  id: "gha-cache-on-tags",
  severity: "warning",
  summary: "type=gha is written in runs for tags, which no later run can read",
  why: "GitHub's cache belongs to the ref that wrote it: a run reads the caches of its own ref and of the default branch, never another tag's. What a release writes is of no use to other releases, and counts towards the repository's limit.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios.filter(({ kind }) => isForTag(kind))) {
      for (const write of cacheWrites(pipeline, scenario)) {
        if (write.settings.type !== "gha") continue;
        const warmed = isWarmed(write, pipeline);
        find({
          span: write.settings.span,
          message: warmed
            ? `no later run can read what is written ${scenario.when}`
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
