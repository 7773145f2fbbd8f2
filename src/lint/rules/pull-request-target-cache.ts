import type { Placed } from "../model/builds.ts";
import { buildsIn } from "../model/builds.ts";
import type { Build, Settings } from "../model/operation.ts";
import { isSure } from "../model/caches.ts";
import { knownText } from "../expressions/value.ts";
import type { Rule } from "../rule.ts";
import { privileged, takesPullRequestCode } from "./support/shell/pull-request-code.ts";

export const pullRequestTargetCache: Rule = {
  id: "pull-request-target-cache",
  severity: "error",
  summary: "a run with secrets builds code from a pull request with the caches of the repository",
  why: "Runs for pull_request_target, workflow_run and issue_comment have access to the secrets of the repository. If such a run builds unreviewed code, that code can write to the caches that releases are built from.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios.filter(({ kind }) => privileged.has(kind))) {
      for (const placed of buildsIn(pipeline, scenario)) {
        const takes = takesPullRequestCode(placed);
        if (takes === false) continue;
        const { cacheTo, cacheFrom } = placed.operation;
        const written = cacheTo.filter((settings) => isWritable(settings, placed));
        for (const settings of written) {
          const { span } = settings;
          const sure = takes === true && isSure(placed, settings);
          const message = `code from a pull request writes this cache ${scenario.when}`;
          find({ span, message, confidence: sure ? "high" : "medium" });
        }
        if (written.length > 0) continue;
        for (const { span } of cacheFrom.filter(isPrivate)) {
          const message = `code from a pull request is built with this cache ${scenario.when}`;
          find({ span, message, severity: "warning", confidence: "medium" });
        }
      }
    }
  },
};

/** GitHub's own cache is read only for such a run, unless `cache-mode` says otherwise. */
function isWritable(settings: Settings, { job }: Placed<Build>): boolean {
  if (settings.type !== "gha") return isOutside(settings);
  return job.cacheMode !== undefined && /^write/.test(knownText(job.cacheMode.value) ?? "");
}

/** Any pull request may read GitHub's own cache of the default branch. */
function isPrivate(settings: Settings): boolean {
  return settings.type !== "gha" && isOutside(settings);
}

function isOutside({ type }: Settings): boolean {
  return type !== "inline" && type !== "local";
}
