import { importLimit } from "../cache/format/limits.ts";
import { messageOf } from "../errors.ts";
import type { ProgressSummary } from "../buildkit/progress.ts";
import { parseReference } from "../oci/reference.ts";
import type { CacheRef, PlannedLeg } from "../plan/plan.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { CacheOutcome } from "./build-record.ts";

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
  signal?: AbortSignal,
): Promise<CacheOutcome> {
  const trouble = await exportTrouble(client, leg.cache.to, summary, signal);
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
  };
}

async function exportTrouble(
  client: RegistryClient,
  caches: readonly CacheRef[],
  summary: ProgressSummary,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  if (caches.length === 0) return null;
  if (summary.cacheExportError !== undefined) {
    return `the cache was not written: ${summary.cacheExportError}`;
  }
  const troubles = await Promise.all(
    caches
      .filter(({ type }) => type === "registry")
      .map((cache) => readBack(client, cache, signal)),
  );
  return troubles.find((trouble) => trouble !== null) ?? null;
}

/** Reads what was written: a manifest over BuildKit's import limit succeeds, and is never read again. */
async function readBack(
  client: RegistryClient,
  cache: CacheRef,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const ref = cache.attributes["ref"] ?? "";
  try {
    const found = await client.getManifest(parseReference(ref), { signal });
    if (found === undefined)
      return `the cache ${ref} was written, and the registry does not have it`;
    const { manifest, descriptor } = found;
    const config =
      manifest.kind === "manifest" ? manifest.content.config : manifest.content.manifests.at(-1);
    const largest = Math.max(descriptor.size, config?.size ?? 0);
    if (largest <= importLimit) return null;
    return `the cache ${ref} is too large to be read again: ${largest} bytes of manifest or config, and BuildKit reads 1 MiB; mode=min or fewer steps make it smaller`;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return `the cache ${ref} could not be read back: ${messageOf(error)}`;
  }
}

/** A cache that nobody has written yet is no trouble. */
function isAbsence(error: string): boolean {
  return /not found|does not exist|no such file|NAME_UNKNOWN|MANIFEST_UNKNOWN/i.test(error);
}
