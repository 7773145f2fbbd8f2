import { isAbsence } from "../../buildkit/progress/cache-traffic.ts";
import type { ProgressSummary } from "../../buildkit/progress/progress.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import type { CacheRef, PlannedLeg } from "../../plan/plan.ts";
import type { CacheOutcome } from "../records/build-record.ts";
import { describeCache, failedExports } from "./failed-exports.ts";
import { readBack, type ReadBack, type ReadBackOptions } from "./read-back.ts";
import { WrittenStores, type WrittenStoresOptions } from "./written-stores.ts";

export interface JudgeCacheOptions
  extends ReadBackOptions,
    Pick<WrittenStoresOptions, "client" | "root" | "env" | "now"> {
  /** What was pushed; undefined if nothing was. */
  readonly digest: Digest | undefined;
}

/** Does not fail the build if a cache cannot be written: `judgeCache` reports that instead. */
export function withIgnoredErrors(cache: CacheRef): CacheRef {
  if (cache.type === "inline" || "ignore-error" in cache.attributes) return cache;
  return { ...cache, attributes: { ...cache.attributes, "ignore-error": "true" } };
}

/** What became of a build's caches, from the engine's report and from what is stored now. */
export async function judgeCache(
  leg: PlannedLeg,
  summary: ProgressSummary,
  options: JudgeCacheOptions,
): Promise<CacheOutcome> {
  const { to, from } = leg.cache;
  using stores = new WrittenStores({ ...options, image: imageOf(leg, options.digest) });
  const { of: failed, unassigned } = failedExports(to, summary.cacheExports);
  const judged = await Promise.all(
    to.map(async (cache): Promise<Judged> => {
      if (isEmpty(cache, summary)) return {};
      return judgeOne(cache, failed.get(cache), stores, options);
    }),
  );
  const troubles = judged.flatMap(({ trouble }) => trouble ?? []);
  // The engine does not name the cache. Unless reading back found the missing one, any may be
  // meant.
  const blamed =
    unassigned !== undefined && troubles.length === 0
      ? [`one of the caches ${to.map(describeCache).join(", ")} was not written: ${unassigned}`]
      : troubles;
  const read = judged.flatMap((it) => it.read ?? []);
  const unchecked = judged.flatMap((it) => it.unchecked ?? []);
  const imports = summary.cacheImportErrors.map((error) => namingCaches(error, from));
  const absent = imports.filter(isAbsence);
  return {
    from,
    unread: imports.filter((it) => !isAbsence(it)).map((it) => `a cache could not be read: ${it}`),
    ...(absent.length === 0 ? {} : { absent }),
    to,
    written:
      blamed.length > 0
        ? "failed"
        : unchecked.length > 0
          ? "unchecked"
          : read.length > 0
            ? "yes"
            : "not-asked",
    trouble: blamed.length === 0 ? null : blamed.join("; "),
    ...(read.length === 0 ? {} : { readBack: read }),
    ...(unchecked.length === 0 ? {} : { unchecked }),
  };
}

/**
 * Whether there was nothing to export. BuildKit skips a cache without layers, and says so; an
 * inline cache has no report of its own, and is never in the image of a build without a step.
 */
function isEmpty({ type }: CacheRef, { cacheExports, steps }: ProgressSummary): boolean {
  if (type === "inline") return steps.length === 0;
  const its = cacheExports.filter((it) => it.type === type);
  return its.length > 0 && its.every(({ skipped, error }) => skipped && error === undefined);
}

interface Judged {
  readonly trouble?: string | null;
  readonly read?: ReadBack | undefined;
  readonly unchecked?: string;
}

async function judgeOne(
  cache: CacheRef,
  failed: string | undefined,
  stores: WrittenStores,
  options: ReadBackOptions,
): Promise<Judged> {
  const name = describeCache(cache);
  if (failed !== undefined) return { trouble: `the cache ${name} was not written: ${failed}` };
  const opened = stores.open(cache);
  if ("unchecked" in opened)
    return { unchecked: `the cache ${name} was not checked after the build: ${opened.unchecked}` };
  return readBack(opened.store, name, options);
}

function imageOf({ staged }: PlannedLeg, digest: Digest | undefined): Reference | undefined {
  if (staged === null || digest === undefined) return undefined;
  const { host, path } = parseReference(staged.newest);
  return { host, path, digest };
}

/** BuildKit names caches outside of registries by a number: `gha:6049441277577183288`. */
function namingCaches(error: string, from: readonly CacheRef[]): string {
  return error.replace(
    /^(importing cache manifest from )([a-z0-9]+):\d{5,20}(?=: )/,
    (all, said: string, type: string) => {
      const known = from.filter((cache) => cache.type === type);
      return known.length === 0 ? all : `${said}${known.map(describeCache).join(" or ")}`;
    },
  );
}
