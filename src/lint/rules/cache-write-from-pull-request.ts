import type { Confidence } from "../finding.ts";
import { sameInAllRuns, type Text } from "../expressions/value.ts";
import { type CacheUse, cacheWrites, isSure } from "../model/caches.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { isLoggedIn, registryOf } from "./support/images/logins.ts";
import { privileged } from "./support/shell/pull-request-code.ts";
import { isNamedByRun } from "./support/run-names.ts";
import { repositoryCaches } from "./support/caches/repository-caches.ts";

export const cacheWriteFromPullRequest: Rule = {
  id: "cache-write-from-pull-request",
  severity: "error",
  summary: "a pull request writes a shared cache",
  why: "The next release is built from cache content that a pull request wrote and nobody reviewed. GitHub isolates the caches of pull requests, so type=gha is not reported.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      // A fork's run has no secrets, so it cannot log in to a registry.
      if (!scenario.untrusted || scenario.secrets === false || privileged.has(scenario.kind)) {
        continue;
      }
      for (const write of cacheWrites(pipeline, scenario).filter(isShared)) {
        const confidence = confidenceOf(write, pipeline);
        if (confidence === undefined) continue;
        const { span } = write.settings;
        find({ span, message: `this cache is written ${scenario.when}`, confidence });
      }
    }
  },
};

/** Whether other runs can read it, and the run can write it. */
function isShared({ placed, settings, name }: CacheUse): boolean {
  if (settings.type === "gha" || settings.type === "local") return false;
  if (isNamedByRun(name)) return false;
  const registry = settings.type === "registry" ? registryOf(name) : undefined;
  return registry === undefined || isLoggedIn(placed, registry) !== false;
}

/** Undefined if no run with reviewed code uses the cache, or only cache-from-untrusted is about it. */
function confidenceOf(write: CacheUse, pipeline: Pipeline): Confidence | undefined {
  const { reads, writes } = repositoryCaches(pipeline);
  const isTrusted = ({ placed }: CacheUse): boolean => !placed.scenario.untrusted;
  const written = writes
    .like(write)
    .filter(isTrusted)
    .map((use) => sameName(use, write));
  const read = reads
    .like(write)
    .filter(isTrusted)
    .map((use) => sameName(use, write));
  // What a step decides, it may well decide by the event.
  if (write.settings.value.orEmpty?.constancy === "job") return "low";
  if (written.includes(true)) return isSure(write.placed, write.settings) ? "high" : "medium";
  if (read.includes(true)) return undefined;
  if ([...written, ...read].some((same) => same !== false)) return "medium";
  return [...writes.all, ...reads.all].some(isTrusted) ? undefined : "medium";
}

function sameName(
  one: { settings: CacheUse["settings"]; name: Text },
  other: CacheUse,
): boolean | undefined {
  return one.settings.type === other.settings.type && sameInAllRuns(one.name, other.name);
}
