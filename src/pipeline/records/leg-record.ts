import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { ProgressSummary } from "../../buildkit/progress/progress.ts";
import type { BuildFailure } from "../../buildkit/progress/build-errors.ts";
import { messageOf } from "../../errors.ts";
import { ancestorsOf } from "../../inputs/parents/ancestors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { isSecretName, secretValues } from "../../secrets.ts";
import { appendToLog, readLog } from "./build-log.ts";
import type { BuildRecord } from "./build-record.ts";
import { maskRecord } from "./mask-record.ts";
import { judgeCache } from "../build/cache-outcome.ts";
import { dockerfileWarnings } from "../build/dockerfile-warning.ts";
import { parseAttributes } from "../../csv.ts";

export interface RecordOptions {
  readonly client: RegistryClient;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
  /** Absolute path of the config's folder. */
  readonly root: string;
  /** What the build ran with. */
  readonly buildx: Pick<Buildx, "env">;
  /** The whole environment: secret values in it are struck out of records. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the record is written in a context that may not write to the registry. */
  readonly writeLocalRecord: (record: BuildRecord) => Promise<void>;
}

/** After this long without a build, a leg's cache may no longer be good. */
const monthMs = 30 * 86_400_000;

/**
 * Checks what became of the cache, and stores the build's record. `lost` is why storing failed, and
 * `unused` reports that no build had read the cache for a month.
 */
export async function recordBuilt(
  plan: Plan,
  leg: PlannedLeg,
  started: Date,
  summary: ProgressSummary,
  digest: Digest | undefined,
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
  const record: BuildRecord = { ...head, result: "built", digest: digest ?? null, cache: told };
  const idle = last === undefined ? 0 : started.getTime() - Date.parse(last.startedAt);
  const unused =
    last === undefined || idle <= monthMs
      ? undefined
      : `no build has used the leg's cache since ${last.startedAt}`;
  return { record, lost: await keepRecord(plan, leg, record, options), unused };
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
    failure: { step, error: oneLine(failed?.error ?? reason ?? closingError(stderrTail)) },
    cache: {
      from: leg.cache.from,
      unread: summary.cacheImportErrors,
      to: leg.cache.to,
      written: "not-asked",
      trouble: null,
    },
  };
  return keepRecord(plan, leg, record, options);
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

/** A record that cannot be written is a warning, and fails nothing. */
async function keepRecord(
  plan: Plan,
  leg: PlannedLeg,
  record: BuildRecord,
  { client, signal, writeLocalRecord, env }: RecordOptions,
): Promise<string | undefined> {
  const ancestors = new Set(ancestorsOf(plan.legs).get(leg.id));
  // If nothing is staged, parents are built in the same solve.
  const built = [leg, ...plan.legs.filter(({ id }) => ancestors.has(id))];
  const kept = withoutSecrets(record, built, env);
  try {
    if (plan.trust.writesLegs && leg.staged !== null) {
      return await appendToLog(client, leg.staged.log, kept, signal);
    }
    await writeLocalRecord(kept);
    return undefined;
  } catch (error) {
    return `could not write the build record: ${messageOf(error)}`;
  }
}

/** Steps are named by what they run, and errors repeat it. */
function withoutSecrets(
  record: BuildRecord,
  legs: readonly PlannedLeg[],
  env: NodeJS.ProcessEnv,
): BuildRecord {
  const secrets = legs.flatMap(({ build }) => build.secrets);
  const named = secrets.flatMap((secret) => {
    const fields = parseAttributes(secret);
    // Without `env`, the id is the variable's name.
    return [fields.get("env") ?? [], fields.get("id") ?? []].flat();
  });
  const args = legs
    .flatMap(({ build }) => Object.entries(build.args))
    .filter(([name]) => isSecretName(name));
  return maskRecord(record, [...secretValues(env, named), ...args.map(([, value]) => value)]);
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
