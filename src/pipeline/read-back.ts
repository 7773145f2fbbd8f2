import { createdAtAnnotation } from "../cache/content.ts";
import { findFaults } from "../cache/graph/faults.ts";
import { registryStore } from "../cache/store/registry-store.ts";
import { sizesOf } from "../cache/use/verify.ts";
import { messageOf } from "../errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { parseReference } from "../oci/reference.ts";
import type { RegistryClient } from "../registry/client.ts";

/** What a cache that was just written was found to hold. */
export interface ReadBack {
  readonly ref: string;
  readonly records: number;
  readonly layers: number;
  /** Blobs that are new, each of which the registry has. */
  readonly newBlobs: number;
}

/**
 * Reads a cache that a build has just written: its manifest, its config, and of each blob that is
 * new whether it is there. `trouble`: one sentence, where an engine could not import it.
 */
export async function readBack(
  client: RegistryClient,
  ref: string,
  since: Date,
  signal?: AbortSignal,
): Promise<
  | { readonly trouble: string; readonly read?: undefined }
  | { readonly trouble: null; readonly read: ReadBack }
> {
  try {
    const store = registryStore(client, parseReference(ref));
    const cache = await store.read({ signal });
    if (cache === undefined)
      return { trouble: `the cache ${ref} was written, and the registry does not have it` };
    const [large] = sizesOf(cache);
    if (large !== undefined) {
      const trouble = `the cache ${ref} is too large to be read again: ${large.message}; mode=min or fewer steps make it smaller, and \`layerkeep cache trim\` does`;
      return { trouble };
    }
    const [fault] = findFaults(cache);
    if (fault !== undefined) return { trouble: `the cache ${ref} is broken: ${fault.message}` };
    const fresh = [...cache.blobs.values()].filter((blob) => !isOlder(blob, since));
    const sizes = await Promise.all(fresh.map((blob) => store.blobSize(blob, { signal })));
    const gone = fresh.filter(({ size }, at) => sizes[at] !== size);
    if (gone.length > 0) {
      const trouble = `the cache ${ref} lacks what was just written: ${gone.map(({ digest }) => digest).join(", ")}`;
      return { trouble };
    }
    const { records, layers } = cache.config;
    return {
      trouble: null,
      read: { ref, records: records.length, layers: layers.length, newBlobs: fresh.length },
    };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { trouble: `the cache ${ref} could not be read back: ${messageOf(error)}` };
  }
}

/** A layer that an earlier build made; one that does not say it counts as new. */
function isOlder({ annotations }: Descriptor, since: Date): boolean {
  return Date.parse(annotations?.[createdAtAnnotation] ?? "") < since.getTime();
}
