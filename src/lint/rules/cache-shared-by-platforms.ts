import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/caches/collisions.ts";

export const cacheSharedByPlatforms: Rule = {
  id: "cache-shared-by-platforms",
  severity: "error",
  summary: "jobs for different platforms write the same cache",
  why: "An export replaces the entire cache. If each platform is built in a separate job, only the job that finishes last finds its layers in the next run. A single build for all platforms can use one cache.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "platforms", report);
  },
};
