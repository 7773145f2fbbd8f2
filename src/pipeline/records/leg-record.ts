import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { ProgressSummary } from "../../buildkit/progress/progress.ts";
import type { BuildFailure } from "../../buildkit/progress/build-errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { readLog } from "./build-log.ts";
import type { BuildRecord } from "./build-record.ts";
import { keepBuild, type KeepOptions } from "./keep-build.ts";
import type { MountOutcome } from "../mounts/mount-outcome.ts";
import { judgeCache } from "../build/cache-outcome.ts";
import { dockerfileWarnings } from "../build/dockerfile-warning.ts";

export interface RecordOptions extends KeepOptions {
  readonly now: () => Date;
  /** Absolute path of the config's folder. */
  readonly root: string;
  /** What the build ran with. */
  readonly buildx: Pick<Buildx, "env">;
}

/** After this long without a build, a leg's cache may no longer be good. */
const monthMs = 30 * 86_400_000;

/** A build that did not fail. */
export interface BuiltLeg {
  readonly summary: ProgressSummary;
  /** Of what is staged. */
  readonly digest: Digest | undefined;
  readonly mounts: readonly MountOutcome[];
}

/**
 * Checks what became of the cache, and stores the build's record. `lost` is why storing failed, and
 * `unused` reports that no build had read the cache for a month.
 */
export async function recordBuilt(
  plan: Plan,
  leg: PlannedLeg,
  started: Date,
  { summary, digest, mounts }: BuiltLeg,
  options: RecordOptions,
): Promise<{
  readonly record: BuildRecord;
  readonly lost: string | undefined;
  readonly unused: string | undefined;
}> {
  const head = recordOf(plan, leg, started, options.now(), summary);
  const { env } = options.buildx;
  const [cache, last] = await Promise.all([
    judgeCache(leg, summary, { ...options, env, since: started, digest }),
    leg.cache.to.length === 0 ? undefined : lastBuilt(leg, options),
  ]);
  const isSecond = cache.written === "failed" && last?.cache.written === "failed";
  const told = isSecond ? { ...cache, trouble: twice(cache.trouble, last.startedAt) } : cache;
  const record: BuildRecord = {
    ...head,
    result: "built",
    digest: digest ?? null,
    cache: told,
    ...(mounts.length === 0 ? {} : { mounts }),
  };
  const idle = last === undefined ? 0 : started.getTime() - Date.parse(last.startedAt);
  const unused =
    last === undefined || idle <= monthMs
      ? undefined
      : `no build has used the leg's cache since ${last.startedAt}`;
  return {
    record,
    lost: await keepBuild(plan, leg, { record, logs: summary.logs }, options),
    unused,
  };
}

/**
 * The last build of a leg that was to write its cache. Undefined also if the log cannot be read.
 */
async function lastBuilt(
  { staged }: PlannedLeg,
  { client, signal }: RecordOptions,
): Promise<BuildRecord | undefined> {
  if (staged === null) return undefined;
  const records = await readLog(client, staged.log, { last: 3, signal }).catch(() => []);
  return records.findLast(({ cache }) => cache.written !== "not-asked");
}

function twice(trouble: string | null, before: string): string {
  return `${trouble ?? "the cache was not written"}. The previous build, on ${before}, did not write it either`;
}

/** Stores the record of a failed build. Returns why that failed, if it did. */
export function recordFailed(
  plan: Plan,
  leg: PlannedLeg,
  started: Date,
  { summary, reason, stderrTail }: BuildFailure,
  options: RecordOptions,
): Promise<string | undefined> {
  const { failed } = summary;
  const step = failed?.name ?? "";
  const record: BuildRecord = {
    ...recordOf(plan, leg, started, options.now(), summary),
    result: "failed",
    failure: { step, error: oneLine(reason ?? closingError(stderrTail)) },
    cache: {
      from: leg.cache.from,
      unread: summary.cacheImportErrors,
      to: leg.cache.to,
      written: "not-asked",
      trouble: null,
    },
  };
  return keepBuild(plan, leg, { record, logs: summary.logs }, options);
}

/** buildx's final error. Its earlier output may contain anything, and is not kept. */
function closingError(stderrTail: string): string {
  const lines = stderrTail.split("\n");
  const error = lines.findLast((line) => line.startsWith("ERROR: "));
  return error?.slice("ERROR: ".length) ?? "the build ended without an error message";
}

const longestError = 1_000;

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").slice(0, longestError);
}

function recordOf(
  plan: Plan,
  leg: PlannedLeg,
  started: Date,
  ended: Date,
  summary: ProgressSummary,
): Omit<BuildRecord, "result" | "cache"> {
  const { context } = plan;
  return {
    schema: "layerkeep.record.v1",
    leg: leg.id,
    startedAt: started.toISOString(),
    seconds: (ended.getTime() - started.getTime()) / 1000,
    input: leg.input,
    bypass: leg.bypass,
    commit: context.head,
    ref: context.ref,
    run: context.run?.url ?? context.run?.id ?? null,
    steps: summary.steps,
    failure: null,
    digest: null,
    ...dockerfileWarnings(leg, summary),
  };
}
