import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/collisions.ts";

export const sharedCache: Rule = {
  id: "shared-cache",
  severity: "error",
  summary: "several jobs or rows of a matrix write one cache",
  why: "An export replaces the whole cache: the job that ends last wins, and the others start cold in the next run.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "images", report);
  },
};
