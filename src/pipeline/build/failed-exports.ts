import type { CacheExport } from "../../buildkit/progress/cache-traffic.ts";
import type { CacheRef } from "../../plan/plan.ts";

export interface FailedExports {
  /** Why each failed cache was not written. */
  readonly of: ReadonlyMap<CacheRef, string>;
  /** An error that may belong to any of several caches. */
  readonly unassigned: string | undefined;
}

/** A cache as users know it: a registry's reference, else `type=gha,scope=app`. */
export function describeCache({ type, attributes }: CacheRef): string {
  const { ref, scope, name, dest, src } = attributes;
  if (type === "registry" && ref !== undefined) return ref;
  const pairs = Object.entries({ scope, name, dest, src }).filter(
    ([, value]) => value !== undefined,
  );
  return [`type=${type}`, ...pairs.map(([key, value]) => `${key}=${value ?? ""}`)].join(",");
}

/**
 * Finds which caches were not written, from the engine's report. The report names only the type of
 * a cache: among several of one type, the one that the error mentions is meant. A cache whose
 * export was not reported was not written: BuildKit skips caches that it considers not configured.
 * An inline cache is written with its image, and has no report of its own. Pure.
 */
export function failedExports(
  to: readonly CacheRef[],
  reported: readonly CacheExport[],
): FailedExports {
  const failed = new Map<CacheRef, string>();
  let unassigned: string | undefined;
  for (const type of new Set(to.map((cache) => cache.type))) {
    const caches = to.filter((cache) => cache.type === type);
    const its = reported.filter((it) => it.type === type || it.type === undefined);
    if (its.length === 0 && type !== "inline") {
      for (const cache of caches)
        failed.set(cache, "the engine did not confirm that it was written");
    }
    const errors = its.flatMap(({ error }) => error ?? []);
    for (const [at, error] of errors.entries()) {
      const named = caches.find((cache) => !failed.has(cache) && speaksOf(error, cache));
      const only = errors.length >= caches.length ? caches[at] : undefined;
      const meant = named ?? only;
      if (meant === undefined) unassigned = error;
      else failed.set(meant, error);
    }
  }
  return { of: failed, unassigned };
}

/** A registry's error contains the cache's reference, or a URL of its repository. */
function speaksOf(error: string, { attributes }: CacheRef): boolean {
  const { ref, scope, name, dest } = attributes;
  const repository = ref?.replace(/[:@][^/]*$/, "").replace(/^[^/]+\//, "");
  return [ref, repository, scope, name, dest].some(
    (part) => part !== undefined && part !== "" && error.includes(part),
  );
}
