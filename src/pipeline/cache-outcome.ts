import type { ProgressSummary } from "../buildkit/progress.ts";
import type { CacheRef, PlannedLeg } from "../plan/plan.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { CacheOutcome } from "./build-record.ts";
import { readBack } from "./read-back.ts";

/** A cache that cannot be written leaves the build green; what `judgeCache` says is loud. */
export function withIgnoredErrors(cache: CacheRef): CacheRef {
  if (cache.type === "inline" || "ignore-error" in cache.attributes) return cache;
  return { ...cache, attributes: { ...cache.attributes, "ignore-error": "true" } };
}

/** What became of a build's caches: what the engine said, and what the registry holds now. */
export async function judgeCache(
  client: RegistryClient,
  leg: PlannedLeg,
  summary: ProgressSummary,
  { since, signal }: JudgeCacheOptions,
): Promise<CacheOutcome> {
  const written = leg.cache.to.filter(({ type }) => type === "registry");
  const failed = summary.cacheExportError;
  const back =
    failed !== undefined
      ? [{ trouble: `the cache was not written: ${failed}`, read: undefined }]
      : await Promise.all(
          written.map(({ attributes: { ref = "" } }) => readBack(client, ref, since, signal)),
        );
  const trouble = back.find((it) => it.trouble !== null)?.trouble ?? null;
  const read = back.flatMap((it) => it.read ?? []);
  const absent = summary.cacheImportErrors.filter(isAbsence);
  return {
    from: leg.cache.from,
    unread: summary.cacheImportErrors
      .filter((error) => !isAbsence(error))
      .map((e) => `a cache could not be read: ${e}`),
    ...(absent.length === 0 ? {} : { absent }),
    to: leg.cache.to,
    written: leg.cache.to.length === 0 ? "not-asked" : trouble === null ? "yes" : "failed",
    trouble,
    ...(read.length === 0 ? {} : { readBack: read }),
  };
}

export interface JudgeCacheOptions {
  /** When the build began: layers that were made before were there before. */
  readonly since: Date;
  readonly signal?: AbortSignal | undefined;
}

/** A cache that nobody has written yet is no trouble. */
function isAbsence(error: string): boolean {
  return /not found|does not exist|no such file|NAME_UNKNOWN|MANIFEST_UNKNOWN/i.test(error);
}
