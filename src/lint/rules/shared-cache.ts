import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/caches/collisions.ts";

export const sharedCache: Rule = {
  id: "shared-cache",
  severity: "error",
  summary: "multiple builds write the same cache",
  why: "Each export replaces the entire cache. The build that finishes last wins, and the other builds find none of their layers in the next run.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "images", report);
  },
};
