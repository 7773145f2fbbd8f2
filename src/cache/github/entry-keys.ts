import { createHash } from "node:crypto";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";

/** The version of each entry of BuildKit's (tonistiigi/go-actions-cache, cache.go). */
export const entryVersion = createHash("sha256").update("|go-actionscache-1.0").digest("hex");

/** BuildKit's version of its entries (moby/buildkit, cache/remotecache/gha). */
const layout = "1";

/** The key of a layer's blob. */
export function blobKey(digest: Digest): string {
  return `buildkit-blob-${layout}-${digest}`;
}

/**
 * What the key of an index begins with. `#` and a number that counts up follow; in a signed cache,
 * `-sig` comes before them.
 */
export function indexKey(scope: string, ref: string): string {
  return `index-${scope}-${layout}-${hexOf(digestOf(Buffer.from(ref))).slice(0, 8)}`;
}

/** What an entry's key says of it; whatever is not BuildKit's is of actions/cache. */
export type EntryKey =
  | { readonly kind: "blob" }
  /**
   * `name`: the key without its number. A cache that is signed has indexes of a name of its own,
   * with `-sig` behind it.
   */
  | {
      readonly kind: "index";
      readonly name: string;
      readonly scope: string;
      readonly number: number;
      readonly isSigned: boolean;
    }
  /** Of an index, by the index's digest: an engine that wants signatures refuses it without. */
  | { readonly kind: "signature"; readonly digest: string }
  | { readonly kind: "actions/cache" };

/** Reads a key as BuildKit writes them (moby/buildkit, cache/remotecache/gha: blobKey, indexKey). */
export function parseEntryKey(key: string): EntryKey {
  const prefix = `buildkit-blob-${layout}-`;
  if (key.startsWith(prefix)) {
    const digest = /^(.+)-sig$/.exec(key.slice(prefix.length))?.[1];
    return digest === undefined ? { kind: "blob" } : { kind: "signature", digest };
  }
  const [, name, scope, signed, number] =
    /^(index-(.+)-1-[\da-f]{8}(-sig)?)#(\d{1,9})$/.exec(key) ?? [];
  if (name === undefined || scope === undefined) return { kind: "actions/cache" };
  return { kind: "index", name, scope, number: Number(number), isSigned: signed !== undefined };
}
