import type { Rule } from "../rule.ts";
import { reportCollisions } from "./support/caches/collisions.ts";

export const ghaCacheWithoutScope: Rule = {
  id: "gha-cache-without-scope",
  severity: "error",
  summary: "multiple builds write type=gha caches without a scope",
  why: "Without a scope, every build writes to the scope buildkit. The build that finishes last replaces the caches of the others, which then find no cache in the next run.",
  check: (pipeline, report) => {
    reportCollisions(pipeline, "default-scope", report);
  },
};
