import { createdAtAnnotation } from "../../cache/content.ts";
import { findFaults } from "../../cache/graph/faults.ts";
import type { CacheStore } from "../../cache/store/store.ts";
import { sizesOf } from "../../cache/use/verify.ts";
import { messageOf } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";

/** What reading back a just written cache found. */
export interface ReadBack {
  /** A registry's reference; else its attributes: `type=gha,scope=app`. */
  readonly ref: string;
  readonly records: number;
  readonly layers: number;
  /** New blobs, all of which are stored. */
  readonly newBlobs: number;
}

export interface ReadBackOptions {
  /** When the build started: layers created earlier existed before it. */
  readonly since: Date;
  readonly signal?: AbortSignal | undefined;
}

/** A registry answers many requests at once; GitHub counts each look-up and throttles callers. */
const looksAtOnce = { gha: 4, other: 32 };

/**
 * Reads a cache that a build has just written: its manifest and config, and whether each new blob
 * is stored. `trouble`: one sentence, if an engine could not import the cache.
 */
export async function readBack(
  store: CacheStore,
  ref: string,
  { since, signal }: ReadBackOptions,
): Promise<
  | { readonly trouble: string; readonly read?: undefined }
  | { readonly trouble: null; readonly read: ReadBack }
> {
  try {
    const cache = await store.read({ signal });
    if (cache === undefined)
      return { trouble: `the cache ${ref} was written, but no longer exists` };
    const [large] = sizesOf(cache);
    if (large !== undefined) {
      const trouble = `the cache ${ref} is too large to import: ${large.message}; use mode=min or fewer steps, or run \`layerkeep cache trim\``;
      return { trouble };
    }
    const faults = findFaults(cache);
    const fault = faults.find(({ fatal }) => fatal) ?? faults[0];
    if (fault !== undefined) {
      const what = fault.fatal ? "is broken" : "is incomplete";
      return { trouble: `the cache ${ref} ${what}: ${fault.message}` };
    }
    const fresh = [...cache.blobs.values()].filter((blob) => !isOlder(blob, since));
    const limit = createLimit(cache.form === "gha" ? looksAtOnce.gha : looksAtOnce.other);
    const sizes = await Promise.all(
      fresh.map((blob) => limit(() => store.blobSize(blob, { signal }))),
    );
    const gone = fresh.filter(({ size }, at) => sizes[at] !== size);
    if (gone.length > 0) {
      const trouble = `the cache ${ref} is missing blobs that were just written: ${gone.map(({ digest }) => digest).join(", ")}`;
      return { trouble };
    }
    const { records, layers } = cache.config;
    return {
      trouble: null,
      read: { ref, records: records.length, layers: layers.length, newBlobs: fresh.length },
    };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return {
      trouble: `the cache ${ref} could not be checked after the build: ${messageOf(error)}`,
    };
  }
}

/** Whether an earlier build made the layer; one without a date counts as new. */
function isOlder({ annotations }: Descriptor, since: Date): boolean {
  return Date.parse(annotations?.[createdAtAnnotation] ?? "") < since.getTime();
}
