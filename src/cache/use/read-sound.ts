import { UsageError } from "../../errors.ts";
import type { StoredCache } from "../content.ts";
import { requireSound } from "../graph/faults.ts";
import type { CacheStore, StoreCallOptions } from "../store/store.ts";

/** A cache that must be there and be sound. Throws a usage error if there is none, under the name. */
export async function readSound(
  store: CacheStore,
  { signal, name = store.name }: StoreCallOptions & { readonly name?: string } = {},
): Promise<StoredCache> {
  const stored = await store.read({ signal });
  if (stored !== undefined) return requireSound(stored, store.name);
  throw new UsageError(`${name}: not found`, {
    hint: "see whether the tag is right, and whether a build has written it yet",
  });
}
