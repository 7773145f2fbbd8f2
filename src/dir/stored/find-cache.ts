import type { Repository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { tagOfKey, tagPrefixOf } from "../keys/key-tag.ts";
import { type CacheEntry, parseCacheEntry } from "./documents.ts";

const readsAtOnce = 16;

/** A cache, and the tag that it was found by. */
export interface FoundCache extends CacheEntry {
  readonly tag: string;
}

/** Where caches are stored. */
export interface Storage {
  readonly client: RegistryClient;
  readonly repository: Repository;
  readonly signal?: AbortSignal | undefined;
}

/** The cache of exactly this key; undefined if there is none. */
export async function findExact(storage: Storage, key: string): Promise<FoundCache | undefined> {
  const found = await readTag(storage, tagOfKey(key));
  return found?.key === key ? found : undefined;
}

/** All caches whose keys begin with the prefix, the newest first. */
export async function listCaches(storage: Storage, prefix = ""): Promise<readonly FoundCache[]> {
  const { client, repository, signal } = storage;
  const start = tagPrefixOf(prefix);
  const tags = await client.listTags(repository, { signal });
  const limit = createLimit(readsAtOnce);
  const read = await Promise.all(
    tags.filter((tag) => tag.startsWith(start)).map((tag) => limit(() => readTag(storage, tag))),
  );
  return read
    .filter((cache) => cache !== undefined)
    .filter(({ key }) => key.startsWith(prefix))
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.key < b.key ? -1 : 1));
}

/** The cache of the key, otherwise the newest with the first prefix that has any. */
export async function findCache(
  storage: Storage,
  key: string,
  prefixes: readonly string[],
): Promise<FoundCache | undefined> {
  const exact = await findExact(storage, key);
  if (exact !== undefined) return exact;
  for (const prefix of prefixes) {
    const [newest] = await listCaches(storage, prefix);
    if (newest !== undefined) return newest;
  }
  return undefined;
}

/** A tag of something else, and one that was deleted since it was listed, is no cache. */
async function readTag(
  { client, repository, signal }: Storage,
  tag: string,
): Promise<FoundCache | undefined> {
  const fetched = await client.getManifest({ ...repository, tag }, { signal });
  if (fetched?.manifest.kind !== "index") return undefined;
  const entry = parseCacheEntry(fetched.manifest.content);
  return entry === undefined ? undefined : { ...entry, tag };
}
