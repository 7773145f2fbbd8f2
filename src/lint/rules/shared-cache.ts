import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/collisions.ts";

export const sharedCache: Rule = {
  id: "shared-cache",
  severity: "error",
  summary: "several builds write the same cache",
  why: "Each export replaces the whole cache: the build that finishes last wins, and the others find nothing in the next run.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "images", report);
  },
};
