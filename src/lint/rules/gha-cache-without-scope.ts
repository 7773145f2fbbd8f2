import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/collisions.ts";

export const ghaCacheWithoutScope: Rule = {
  id: "gha-cache-without-scope",
  severity: "error",
  summary: "several builds write type=gha without a scope",
  why: "Without scope, every build writes the scope buildkit: the build that finishes last replaces the cache of the others, which find nothing in the next run.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "default-scope", report);
  },
};
