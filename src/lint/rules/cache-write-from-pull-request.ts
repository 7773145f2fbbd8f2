import { buildsIn } from "../model/builds.ts";
import type { Rule } from "../rule.ts";

export const cacheWriteFromPullRequest: Rule = {
  id: "cache-write-from-pull-request",
  severity: "error",
  summary: "a pull request writes the cache",
  why: "What a pull request writes into a registry cache is what the next release is built from: nobody has reviewed it. GitHub's own cache keeps pull requests apart, so type=gha is not reported.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios.filter(({ untrusted }) => untrusted)) {
      // A fork's run has no secrets, so it cannot log in to a registry.
      if (scenario.secrets === false) continue;
      for (const { operation: build, runs } of buildsIn(pipeline, scenario)) {
        for (const { type, span } of build.cacheTo) {
          if (type === "gha" || type === "inline" || type === "local") continue;
          find({
            span,
            message: `this cache is written ${scenario.when}`,
            confidence: runs === true && type !== undefined ? "high" : "medium",
          });
        }
      }
    }
  },
};
