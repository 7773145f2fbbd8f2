import { Readable } from "node:stream";
import { FormatError, UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { eachAtOnce } from "../../registry/transport/pace/at-once.ts";
import { readBounded, TooLargeError } from "../../registry/transport/read-bounded.ts";
import type { StoredCache } from "../content.ts";
import { describedBlobs } from "../format/described-layers.ts";
import { formCache } from "../format/form-cache.ts";
import { largestConfig } from "../format/cache-config.ts";
import { untie } from "../format/one-end.ts";
import { parseCacheConfig } from "../format/parse-cache-config.ts";
import type { CacheService, FoundEntry } from "../github/cache-service.ts";
import { blobKey, indexKey } from "../github/entry-keys.ts";
import { isGone } from "../github/signed-blob.ts";
import { mergeCaches } from "../graph/merge.ts";
import { requireSound } from "../graph/faults.ts";
import { checking } from "./check-bytes.ts";
import type { StoreCallOptions, WritableCacheStore } from "./store.ts";

/** Each may hold about 20 MiB of a large blob. */
const requestsAtOnce = 4;
/** BuildKit's default name for a cache. */
const defaultScope = "buildkit";
/** Other jobs may add the index of the same number at the same time. */
const mostTries = 20;
/** How often to check an entry that another job is uploading: some 15 seconds. */
const mostWaits = 6;

/**
 * A cache in GitHub's cache service, as `type=gha` stores it (moby/buildkit,
 * cache/remotecache/gha): an entry for each blob, and one for the index in each of the token's
 * scopes. Reading joins the caches of all scopes, as an engine does. Writing uses the scope that
 * the token may write to.
 */
export function githubStore(
  service: CacheService,
  { scope = defaultScope }: { readonly scope?: string | undefined } = {},
): WritableCacheStore {
  const name = `type=gha,scope=${scope}`;
  const { scopes } = service.token;

  async function readIndex(ref: string, o: StoreCallOptions): Promise<StoredCache | undefined> {
    const found = await service.find(indexKey(scope, ref), o);
    return found === undefined ? undefined : parseIndex(`${name} of ${ref}`, found, o);
  }

  return {
    name,
    form: "gha",
    async read(o = {}) {
      const read = await Promise.all(scopes.map(({ ref }) => readIndex(ref, o)));
      const caches = read.filter((cache) => cache !== undefined);
      const [first] = caches;
      if (first === undefined || caches.length === 1) return first;
      return { ...first, ...mergeCaches(caches.map((cache) => requireSound(cache, name))) };
    },
    async blobSize({ digest }, o = {}) {
      return (await service.find(blobKey(digest), o))?.content.size(o);
    },
    async openBlob(blob, o = {}) {
      const key = blobKey(blob.digest);
      const found = await service.find(key, o);
      if (found === undefined) throw new FormatError(`${name} is missing the blob ${blob.digest}`);
      const stream = await found.content.open(o);
      const checked = stream.pipe(checking(key, blob));
      stream.once("error", (error) => checked.destroy(error));
      return checked;
    },
    async write(cache, source, o = {}) {
      const own = scopes.findLast(({ writes }) => writes);
      if (own === undefined) {
        throw new UsageError(`cannot write to ${name}: the token is read-only`, {
          hint: "pull requests from forks get read-only tokens: write the cache from a run on a branch of the repository",
        });
      }
      const { blobs, config } = formCache(cache, "gha");
      const send = async (blob: Descriptor): Promise<void> => {
        const key = blobKey(blob.digest);
        const there = await service.find(key, o);
        const open = (): Promise<Readable> => source.openBlob(blob, o);
        const added = there === undefined && (await service.add(key, blob.size, open, o));
        if (there === undefined && !added) await awaitEntry(service, key, o);
        o.onBlob?.(blob, added ? "copied" : "there");
      };
      await eachAtOnce(blobs, requestsAtOnce, send);
      await addIndex(service, indexKey(scope, own.ref), config.bytes, o);
      return { manifest: config.descriptor };
    },
  };
}

/**
 * Waits until another job's upload is complete: an index that refers to missing blobs is worse than
 * none.
 */
async function awaitEntry(service: CacheService, key: string, o: StoreCallOptions): Promise<void> {
  for (let tries = 1; (await service.find(key, o)) === undefined; tries++) {
    if (tries >= mostWaits) {
      throw new FormatError(`${key} is reserved by an unfinished upload`, {
        hint: "an earlier upload was probably interrupted: try again later, or delete the caches with that key from the repository",
      });
    }
    await service.pause(tries, o);
  }
}

/** Entries are immutable, so the current index is the one with the highest number after its key. */
async function addIndex(
  service: CacheService,
  key: string,
  bytes: Buffer,
  o: StoreCallOptions,
): Promise<void> {
  const newest = await service.find(`${key}#`, o);
  const number = Number(newest?.key.slice(key.length + 1) ?? "0");
  if (!Number.isSafeInteger(number)) {
    throw new FormatError(`${newest?.key ?? key} is not a BuildKit index`);
  }
  for (let next = number + 1; next <= number + mostTries; next++) {
    const open = (): Promise<Readable> => Promise.resolve(Readable.from([bytes]));
    if (await service.add(`${key}#${next}`, bytes.length, open, o)) return;
  }
  throw new FormatError(`other jobs keep writing ${key}: gave up after ${mostTries} attempts`, {
    hint: "give each job its own scope",
  });
}

async function parseIndex(
  name: string,
  { content }: FoundEntry,
  o: StoreCallOptions,
): Promise<StoredCache | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(await content.open(o), largestConfig);
  } catch (cause) {
    // Evicted between the two requests.
    if (isGone(cause)) return undefined;
    if (!(cause instanceof TooLargeError)) throw cause;
    throw new FormatError(`the index of ${name} is too large to read`, { cause });
  }
  const written = untie(parseCacheConfig(bytes));
  const descriptor = {
    mediaType: mediaTypes.buildkitCache,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  return {
    ...written,
    blobs: describedBlobs(written.config),
    form: "gha",
    manifest: descriptor,
    configDescriptor: descriptor,
    steps: new Map(),
  };
}
