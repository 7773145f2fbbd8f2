import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/collisions.ts";

export const cacheSharedByPlatforms: Rule = {
  id: "cache-shared-by-platforms",
  severity: "error",
  summary: "jobs for several platforms write one cache",
  why: "An export replaces the whole cache. If each platform is built in a job of its own, only the one that ends last is warm in the next run; one build for all platforms can have one cache.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "platforms", report);
  },
};
