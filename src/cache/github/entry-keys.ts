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

/** What the key of an index begins with; `#` and a number that counts up stand behind it. */
export function indexKey(scope: string, ref: string): string {
  return `index-${scope}-${layout}-${hexOf(digestOf(Buffer.from(ref))).slice(0, 8)}`;
}

/** What an entry's key says of it; whatever is not BuildKit's is of actions/cache. */
export type EntryKey =
  | { readonly kind: "blob" }
  /** `name`: the key without its number. */
  | {
      readonly kind: "index";
      readonly name: string;
      readonly scope: string;
      readonly number: number;
    }
  | { readonly kind: "actions/cache" };

export function parseEntryKey(key: string): EntryKey {
  if (key.startsWith(`buildkit-blob-${layout}-`)) return { kind: "blob" };
  const [, name, scope, number] = /^(index-(.+)-1-[\da-f]{8})#(\d{1,9})$/.exec(key) ?? [];
  if (name === undefined || scope === undefined) return { kind: "actions/cache" };
  return { kind: "index", name, scope, number: Number(number) };
}
