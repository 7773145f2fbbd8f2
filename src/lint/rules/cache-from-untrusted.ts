import type { Confidence } from "../finding.ts";
import { type CacheUse, cacheReads, isSure, sameCache } from "../model/caches.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { privileged } from "./support/shell/pull-request-code.ts";
import { pushes } from "./support/images/pushes.ts";
import { repositoryCaches } from "./support/caches/repository-caches.ts";
import { isNamedByInput, isNamedByPullRequest } from "./support/run-names.ts";

export const cacheFromUntrusted: Rule = {
  id: "cache-from-untrusted",
  severity: "error",
  summary: "a published image is built from a cache that a pull request wrote",
  why: "A build uses cached layers without verifying them, so anyone who can write the cache can decide what is in the image.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios.filter(({ untrusted }) => !untrusted)) {
      for (const read of cacheReads(pipeline, scenario)) {
        const { type, span } = read.settings;
        const published = pushes(read.placed.operation);
        if (type === "gha" || type === "local" || published === false) continue;
        const why = whyUntrusted(read, pipeline);
        if (why === undefined) continue;
        const sure = isSure(read.placed, read.settings) && published === true;
        const confidence = sure ? why.confidence : "medium";
        find({ span, message: `this published image is built from ${why.cache}`, confidence });
      }
    }
  },
};

interface Untrusted {
  readonly cache: string;
  readonly confidence: Confidence;
}

function whyUntrusted(read: CacheUse, pipeline: Pipeline): Untrusted | undefined {
  const isNamed = isNamedByPullRequest(read.name);
  if (isNamed || isNamedByInput(read.name)) {
    const confidence = isNamed ? "high" : "medium";
    return { cache: "a cache whose name depends on a pull request", confidence };
  }
  const { writes } = repositoryCaches(pipeline);
  const same = writes.like(read).filter((write) => sameCache(read, write) === true);
  // If reviewed code writes it, too, the fault is the pull request's write.
  if (same.some(({ placed }) => !placed.scenario.untrusted)) return undefined;
  const write = same.find(
    ({ placed: { scenario } }) => scenario.secrets !== false && !privileged.has(scenario.kind),
  );
  if (write === undefined) return undefined;
  const cache = `the cache that the job ${write.placed.job.id} writes in pull requests`;
  return { cache, confidence: isSure(write.placed, write.settings) ? "high" : "medium" };
}
