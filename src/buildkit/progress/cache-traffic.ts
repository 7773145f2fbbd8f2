import type { CacheRef } from "../../plan/plan.ts";

/** What the engine reported about writing one cache. */
export interface CacheExport {
  /** As the engine names it: `exporting cache to registry`. */
  readonly name: string;
  /** Undefined for an unknown type. */
  readonly type: CacheRef["type"] | undefined;
  /** Whether nothing was written, since the build's result has no layer of its own. */
  readonly skipped: boolean;
  /** Why it failed; undefined if it did not. */
  readonly error: string | undefined;
}

/** `Name()` of each exporter in moby/buildkit, cache/remotecache. */
const exportNames: ReadonlyMap<string, CacheRef["type"]> = new Map([
  ["exporting cache to registry", "registry"],
  ["exporting cache to client directory", "local"],
  ["exporting to GitHub Actions Cache", "gha"],
  ["exporting cache to Amazon S3", "s3"],
  ["exporting cache to Azure Blob Storage", "azblob"],
  ["exporting inline cache", "inline"],
]);

/** Whether a vertex writes a cache, of a known type or not. */
export function isCacheExport(name: string): boolean {
  return exportNames.has(name) || /^exporting\b.*\bcache\b/i.test(name);
}

/** The type of cache that a vertex writes. */
export function exportedType(name: string): CacheRef["type"] | undefined {
  return exportNames.get(name);
}

/** Whether a status says that there was nothing to export (cache/remotecache/export.go). */
export function isEmptyExport(status: string): boolean {
  return status === "skipping cache export for empty result";
}

/** Whether a vertex reads a cache (moby/buildkit, solver/llbsolver/bridge.go). */
export function isCacheImport(name: string): boolean {
  return name.startsWith("importing cache manifest from");
}

/**
 * The message in a line of buildx about a local cache that it skips; nothing else reports it
 * (moby/buildkit, client/solve.go). Undefined for any other line.
 */
export function skippedImport(line: string): string | undefined {
  return /(?:^|: |msg=")(local cache import at .* (?:not found|skipped)\b.*)$/.exec(line)?.[1];
}

/**
 * Whether an import failed only because the cache has not been written yet. Only registries and
 * folders report that as an error. The importers of gha, s3 and azblob treat a missing cache as an
 * empty one, so each of their errors is a real one (moby/buildkit, cache/remotecache). Docker Hub's
 * "repository does not exist or may require authorization" can also be a refusal.
 */
export function isAbsence(error: string): boolean {
  return absences.some((pattern) => pattern.test(error));
}

const absences = [
  /failed to configure registry cache importer: .*: not found$/,
  /failed to configure registry cache importer: .*\b(?:NAME|MANIFEST)_UNKNOWN\b/,
  /failed to configure local cache importer: .*not found$/,
  /local cache import at .* (?:not found|skipped) due to err: .*no such file or directory/,
  /local cache import at .* skipped: no digest found for tag /,
  /local cache import at .* skipped: .* not found$/,
];
