import { createHash } from "node:crypto";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";

/** The version of each of BuildKit's entries (tonistiigi/go-actions-cache, cache.go). */
export const entryVersion = createHash("sha256").update("|go-actionscache-1.0").digest("hex");

/** BuildKit's own version number in its keys (moby/buildkit, cache/remotecache/gha). */
const layout = "1";

/** The key of a layer's blob. */
export function blobKey(digest: Digest): string {
  return `buildkit-blob-${layout}-${digest}`;
}

/**
 * The prefix of an index's key. `#` and a number that counts up follow; in a signed cache, `-sig`
 * comes before them.
 */
export function indexKey(scope: string, ref: string): string {
  return `index-${scope}-${layout}-${hexOf(digestOf(Buffer.from(ref))).slice(0, 8)}`;
}

/** What an entry's key says about it. Anything that is not BuildKit's belongs to actions/cache. */
export type EntryKey =
  | { readonly kind: "blob" }
  /**
   * `name`: the key without its number. The indexes of a signed cache have a name of their own,
   * with `-sig` appended.
   */
  | {
      readonly kind: "index";
      readonly name: string;
      readonly scope: string;
      readonly number: number;
      readonly isSigned: boolean;
    }
  /**
   * Of an index, by the index's digest. An engine that requires signatures rejects an index without
   * one.
   */
  | { readonly kind: "signature"; readonly digest: string }
  | { readonly kind: "actions/cache" };

/** Parses a key as BuildKit writes it (moby/buildkit, cache/remotecache/gha: blobKey, indexKey). */
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
