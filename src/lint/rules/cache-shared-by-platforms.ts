import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/collisions.ts";

export const cacheSharedByPlatforms: Rule = {
  id: "cache-shared-by-platforms",
  severity: "error",
  summary: "jobs for several platforms write the same cache",
  why: "An export replaces the whole cache. If each platform is built in a job of its own, only the one that finishes last finds its layers in the next run. One build for all platforms can have one cache.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "platforms", report);
  },
};
