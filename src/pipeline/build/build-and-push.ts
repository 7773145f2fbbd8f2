import { setTimeout as wait } from "node:timers/promises";
import type { BuildRequest } from "../../buildkit/arguments.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import { BuildFailure, NotPushedError } from "../../buildkit/progress/build-errors.ts";
import type { Progress, ProgressSummary, Step } from "../../buildkit/progress/progress.ts";
import { type BuildOptions, type BuildResult, runBuild } from "../../buildkit/run-build.ts";

export interface PushedBuild extends BuildResult {
  /** One sentence per repetition of the build, with its reason. */
  readonly warnings: readonly string[];
}

/** Milliseconds to wait before each repetition of a push. */
const pauses = [1_000, 3_000];

/**
 * Runs a build, and repeats it after a failure that is not the build's fault:
 *
 * - The push failed. Since 0.28 BuildKit pushes the image and exports the cache at the same time,
 *   and registries of the `registry:2` type then lose track of what they have: they answer 400 with
 *   `blob unknown`, `digest did not match` and the like in 12 of 340 builds with BuildKit 0.32, and
 *   in none of 80 if image and cache are pushed to two repositories. The builder already has the
 *   steps, so a repetition takes seconds. Repeated at most twice.
 * - A cache names a layer that its registry has lost. BuildKit fetches a cache's layers only when
 *   it needs them, and fails if it cannot. Repeated once, without importing caches.
 * - The engine lost a snapshot, or cancelled a step that nobody asked it to. This happens now and
 *   then when builds of the same steps run at once, or one of them is cancelled
 *   (moby/buildkit#6808). Repeated like a push.
 *
 * Steps are reported as they ran the first time. Throws what `runBuild` throws.
 */
export async function buildAndPush(
  buildx: Buildx,
  request: BuildRequest,
  options: BuildOptions,
  pause: (milliseconds: number, signal?: AbortSignal) => Promise<void> = pauseFor,
): Promise<PushedBuild> {
  const failed: ProgressSummary[] = [];
  const warnings: string[] = [];
  let asked = request;
  let repeated = 0;
  for (;;) {
    let progress: Progress | undefined;
    try {
      const result = await runBuild(buildx, asked, {
        ...options,
        onProgress: (now, lines) => {
          progress = now;
          options.onProgress?.(now, lines);
        },
      });
      return { ...result, summary: joinSummaries(failed, result.summary), warnings };
    } catch (error) {
      const summary = progress?.summary();
      const reason = reasonOf(error);
      const pauseMs = pauses[repeated];
      if (summary === undefined || options.signal?.aborted === true) throw error;
      if (isLostLayer(reason) && asked.cacheFrom.length > 0) {
        asked = { ...asked, cacheFrom: [] };
        warnings.push(
          `a cache is missing a layer, so the leg was built again without reading caches: ${reason}`,
        );
      } else if (pauseMs !== undefined && isRepeatable(error, reason)) {
        repeated += 1;
        const [what, how] = repetitionOf(reason, repeated);
        if (how !== "") asked = { ...asked, noCache: true };
        warnings.push(`${what} failed, so the build ran again${how}: ${reason}`);
        await pause(pauseMs, options.signal);
      } else throw error;
      failed.push(summary);
    }
  }
}

/** The progress may lack the step that failed; the error then has what buildx printed. */
function reasonOf(error: unknown): string {
  const known = error instanceof BuildFailure || error instanceof NotPushedError;
  return known ? (error.reason ?? "") : "";
}

function isRepeatable(error: unknown, reason: string): boolean {
  return isEngineRace(reason) || (error instanceof NotPushedError && failsByChance(reason));
}

/** An engine that loses the same snapshot twice has a broken one in its cache. */
function repetitionOf(reason: string, time: number): readonly [what: string, how: string] {
  if (!isEngineRace(reason)) return ["the push", ""];
  return ["the engine", time === 1 ? "" : " without the builder's cache"];
}

/** How BuildKit reports a lost snapshot or step that a cancelled build shared with another. */
function isEngineRace(error: string): boolean {
  return /failed to stat active key during commit|snapshot \S+ does not exist: not found|^context canceled/.test(
    error,
  );
}

/** Answers of registries that lost track of an upload. Refusals for good are not repeated. */
export function failsByChance(error: string): boolean {
  const refused =
    /denied|forbidden|unauthorized|authentication|insufficient|quota|immutable|tag.invalid|name.invalid|too large|\b(?:401|403|413|507)\b/i;
  const lost =
    /blob.unknown|digest did not match|digest.invalid|blob.upload.(?:unknown|invalid)|manifest.(?:invalid|unverified)|size.invalid|\b400 bad request\b/i;
  return lost.test(error) && !refused.test(error);
}

/** How BuildKit reports that a layer of an imported cache is missing from its registry. */
export function isLostLayer(error: string): boolean {
  return /could not fetch content descriptor sha256:\w+ .*from remote: not found/i.test(error);
}

/** The last run's result, with the steps that an earlier run executed reported as executed. */
function joinSummaries(
  earlier: readonly ProgressSummary[],
  last: ProgressSummary,
): ProgressSummary {
  const ran = new Map<string, Step>();
  for (const { steps } of [last, ...earlier.toReversed()]) {
    for (const step of steps) {
      if (!step.cached && step.error === undefined) ran.set(step.name, step);
    }
  }
  const printed = new Set(last.logs.map(({ step }) => step));
  const before = earlier.flatMap(({ logs }) => logs.filter(({ step }) => ran.has(step)));
  const unread = [...earlier, last].flatMap(({ cacheImportErrors }) => cacheImportErrors);
  return {
    ...last,
    steps: last.steps.map((step) => ran.get(step.name) ?? step),
    cacheImportErrors: [...new Set(unread)],
    logs: [...before.filter(({ step }) => !printed.has(step)), ...last.logs],
  };
}

async function pauseFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
}
