import { UsageError } from "../../errors.ts";
import type { StoredCache } from "../content.ts";
import { requireSound } from "../graph/faults.ts";
import type { CacheStore, StoreCallOptions } from "../store/store.ts";

/**
 * Reads a cache that must exist and be sound. Throws a usage error with the name if it does not
 * exist.
 */
export async function readSound(
  store: CacheStore,
  { signal, name = store.name }: StoreCallOptions & { readonly name?: string } = {},
): Promise<StoredCache> {
  const stored = await store.read({ signal });
  if (stored !== undefined) return requireSound(stored, store.name);
  throw new UsageError(`${name}: not found`, {
    hint: "check the tag, and whether a build has written the cache yet",
  });
}
