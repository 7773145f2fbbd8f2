import { count } from "../../count.ts";
import type { Readable } from "node:stream";
import { FormatError, IntegrityError, messageOf } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import type { StoredCache } from "../content.ts";
import { importLimit } from "../format/cache-config.ts";
import { type Fault, findFaults } from "../graph/faults.ts";
import type { CacheStore, StoreCallOptions } from "../store/store.ts";

/** Something that keeps a cache, or a step of it, from being used. */
export interface CacheProblem {
  readonly kind:
    | Fault["kind"]
    /** The cache does not exist. */
    | "missing"
    /** Something other than a cache is stored there, or its bytes are wrong. */
    | "unreadable"
    /** BuildKit does not import more than 1 MiB. */
    | "too-large"
    | "blob-missing"
    | "blob-size"
    /** Found only by `deep`. */
    | "blob-content";
  /** One sentence. */
  readonly message: string;
}

export interface Verification {
  /** The store's name. */
  readonly name: string;
  readonly problems: readonly CacheProblem[];
  /** Blobs that were looked up, each once. */
  readonly blobs: number;
  /** Bytes that were read and hashed. */
  readonly read: number;
}

export interface VerifyOptions extends StoreCallOptions {
  /** Read each blob and compare it with its digest. */
  readonly deep?: boolean | undefined;
}

const looksAtOnce = 32;
const readsAtOnce = 4;

/**
 * Whether an engine could import a cache and use every step of it. Throws a registry error if the
 * store fails.
 */
export async function verifyCache(
  store: CacheStore,
  { deep = false, signal }: VerifyOptions = {},
): Promise<Verification> {
  const { name } = store;
  const nothing = { name, blobs: 0, read: 0 };
  let cache: StoredCache | undefined;
  try {
    cache = await store.read({ signal });
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof IntegrityError)) throw error;
    return { ...nothing, problems: [{ kind: "unreadable", message: messageOf(error) }] };
  }
  if (cache === undefined) {
    const message = `${name}: not found`;
    return { ...nothing, problems: [{ kind: "missing", message }] };
  }
  const blobs = [...cache.blobs.values()];
  const limit = createLimit(deep ? readsAtOnce : looksAtOnce);
  const looked = await Promise.all(
    blobs.map((blob) => limit(() => lookAt(store, blob, deep, signal))),
  );
  return {
    name,
    problems: [
      ...findFaults(cache).map(({ kind, message }) => ({ kind, message })),
      ...sizesOf(cache),
      ...looked.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
    ],
    blobs: blobs.length,
    read: looked.reduce((sum, { read }) => sum + read, 0),
  };
}

/** A manifest or config over BuildKit's limit, which makes every import fail. */
export function sizesOf({ form, manifest, configDescriptor }: StoredCache): CacheProblem[] {
  // GitHub's service has no manifest, and an inline cache's config is read whatever its size.
  if (form === "gha") return [];
  const parts = form === "inline" ? { manifest } : { manifest, config: configDescriptor };
  return Object.entries(parts).flatMap(([part, { size }]): CacheProblem[] =>
    size <= importLimit
      ? []
      : [
          {
            kind: "too-large",
            message: `the ${part} is ${count(size, "byte")}, but BuildKit imports at most 1 MiB`,
          },
        ],
  );
}

async function lookAt(
  store: CacheStore,
  blob: Descriptor,
  deep: boolean,
  signal: AbortSignal | undefined,
): Promise<{ readonly problem?: CacheProblem; readonly read: number }> {
  const size = await store.blobSize(blob, { signal });
  if (size === undefined) {
    return { read: 0, problem: { kind: "blob-missing", message: `blob ${blob.digest} not found` } };
  }
  if (size !== blob.size) {
    const message = `blob ${blob.digest} is ${count(size, "byte")} instead of ${blob.size}`;
    return { read: 0, problem: { kind: "blob-size", message } };
  }
  if (!deep) return { read: 0 };
  try {
    return { read: await drain(await store.openBlob(blob, { signal })) };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return { read: error.bytes, problem: { kind: "blob-content", message: messageOf(error) } };
  }
}

async function drain(stream: Readable): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}
