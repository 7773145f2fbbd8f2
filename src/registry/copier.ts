import { RegistryError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { formatRepository, type Repository, sameRepository } from "../oci/reference.ts";
import type { BlobReader } from "./blobs/blob-reader.ts";
import type { FetchedManifest, RegistryClient } from "./client.ts";
import type { OpenContent, PouredContent } from "./blobs/content.ts";
import { GoneError } from "./gone.ts";
import { createLimit } from "./transport/pace/limit.ts";
import { storedParts } from "./parts.ts";
import { ringBytes } from "./transport/connection/ring-socket.ts";
import type { UploadSession } from "./blobs/upload-session.ts";

export { GoneError } from "./gone.ts";

/** How a blob came into the target repository. */
export interface CopiedBlob {
  readonly target: Repository;
  readonly descriptor: Descriptor;
  /** Mounted within the registry, sent over the network, or present before. */
  readonly how: "mounted" | "copied" | "there";
}

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Also copy the manifests' referrers: signatures and the like. `copyManifestTree` uses this. Only
   * then are the fallback tags written in a target without a list of referrers: an attestation is
   * found through its index.
   */
  readonly referrers?: boolean | undefined;
  /** Called for each referrer that the source lists but does not have: it is left out. */
  readonly onMissingReferrer?: ((digest: Digest) => void) | undefined;
  readonly onBlob?: ((copied: CopiedBlob) => void) | undefined;
}

/** Blobs up to this size are read whole while the upload begins. Bytes. */
const smallBlob = 256 << 10;
/** Concurrent blobs: enough to keep the connections to one host busy, with some waiting. */
const blobsAtOnce = 96;
/** The most content that concurrent blobs hold in memory, whatever the image's size. Bytes. */
const memoryBytes = 12 << 20;

/**
 * Copies manifests with everything that they refer to, by digest, children first. While the copier
 * is kept, each manifest is read once, and each blob is sent to each target repository once,
 * however many manifests share it.
 */
export class Copier {
  readonly #client: RegistryClient;
  readonly #limit = createLimit(blobsAtOnce);
  readonly #memory = createLimit(memoryBytes);
  readonly #manifests = new Map<string, Promise<FetchedManifest>>();
  readonly #blobs = new Map<string, Promise<CopiedBlob>>();
  readonly #trees = new Map<string, Promise<Descriptor>>();

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** For a target that has lost what was copied to it. */
  forget(target: Repository): void {
    const prefix = `${formatRepository(target)}@`;
    for (const known of [this.#blobs, this.#trees]) {
      for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key);
    }
  }

  /** A manifest by its digest. Throws a `GoneError` if the repository does not have it. */
  manifest(source: Repository, digest: Digest, signal?: AbortSignal): Promise<FetchedManifest> {
    return remember(this.#manifests, `${formatRepository(source)}@${digest}`, async () => {
      const { host, path } = source;
      // What was read hours ago may have been deleted since.
      const found = await this.#client.getManifest({ host, path, digest }, { signal, fresh: true });
      if (found === undefined) throw new GoneError(source, digest, "manifest");
      return found;
    });
  }

  /**
   * Copies a manifest or index and everything below it to `target`, under its digest. Throws a
   * `GoneError` if a part is missing from the source.
   */
  tree(
    source: Repository,
    digest: Digest,
    target: Repository,
    o: CopyOptions = {},
  ): Promise<Descriptor> {
    return remember(this.#trees, `${formatRepository(target)}@${digest}`, async () => {
      const fetched = await this.content(source, digest, target, o);
      if (sameRepository(source, target)) return fetched.descriptor;
      const { bytes, manifest } = fetched;
      const pushed = { bytes, mediaType: manifest.mediaType, digest };
      const put = (): Promise<Descriptor> =>
        this.#client.putManifest(target, pushed, {
          signal: o.signal,
          referrersTag: o.referrers === true,
        });
      return put().catch(async (error: unknown) => {
        const { blobs } = storedParts(manifest);
        if (blobs.length === 0 || !lacksParts(error)) throw error;
        await this.#sendBlobs(source, blobs, target, o);
        return put();
      });
    });
  }

  /** Copies everything that a manifest refers to, but not the given manifest itself. */
  async content(
    source: Repository,
    digest: Digest,
    target: Repository,
    o: CopyOptions = {},
  ): Promise<FetchedManifest> {
    const fetched = await this.manifest(source, digest, o.signal);
    if (sameRepository(source, target)) return fetched;
    const { manifests, blobs } = storedParts(fetched.manifest);
    await settle([
      ...manifests.map((child) => this.tree(source, child.digest, target, o)),
      ...blobs.map((blob) => this.blob(source, blob, target, o)),
    ]);
    return fetched;
  }

  /** One blob: mounted if the registry is the same, otherwise sent unless it exists there. */
  async blob(
    source: Repository,
    descriptor: Descriptor,
    target: Repository,
    o: CopyOptions = {},
  ): Promise<CopiedBlob> {
    return remember(this.#blobs, `${formatRepository(target)}@${descriptor.digest}`, async () => {
      const how = await this.#limit(() => this.#copyBlob(source, descriptor, target, o.signal));
      const copied = { target, descriptor, how };
      o.onBlob?.(copied);
      return copied;
    });
  }

  async #copyBlob(
    source: Repository,
    descriptor: Descriptor,
    target: Repository,
    signal: AbortSignal | undefined,
  ): Promise<CopiedBlob["how"]> {
    const { digest } = descriptor;
    const sameHost = source.host === target.host;
    const small = descriptor.size <= smallBlob;
    const read = () => this.#read(source, descriptor, signal);
    const push = async (open: OpenContent, session: UploadSession | undefined) => {
      await this.#client.finishUpload(target, descriptor, open, session, { signal });
    };
    // Across registries, the target is asked to mount from itself: one request that checks for the
    // blob and begins an upload if it is missing. Meanwhile a small blob is read already.
    const mount = () =>
      this.#client.startMount(target, digest, sameHost ? source : target, { signal });
    if (small && !sameHost) {
      return this.#memory(async () => {
        const ahead = read();
        ahead.catch(() => undefined);
        const session = await mount();
        if (session === "mounted") return "there";
        await push(() => ahead, session);
        return "copied";
      }, descriptor.size);
    }
    const session = await mount();
    if (session === "mounted") return sameHost ? "mounted" : "there";
    if (small) await this.#memory(() => push(read, session), descriptor.size);
    else await this.#stream(source, descriptor, (open) => push(open, session), signal);
    return "copied";
  }

  /** For a registry that reported a blob as present, and then as missing. */
  async #sendBlobs(
    source: Repository,
    blobs: readonly Descriptor[],
    target: Repository,
    o: CopyOptions,
  ): Promise<void> {
    await settle(
      blobs.map((descriptor) =>
        this.#limit(async () => {
          const { signal } = o;
          const found = await this.#client.headBlob(target, descriptor.digest, { signal });
          if (found !== undefined) return;
          await this.#stream(
            source,
            descriptor,
            (open) => this.#client.pushBlob(target, descriptor, open, { signal }),
            signal,
          );
          o.onBlob?.({ target, descriptor, how: "copied" });
        }),
      ),
    );
  }

  #read(source: Repository, descriptor: Descriptor, signal?: AbortSignal) {
    return this.#client
      .readBlob(source, descriptor, smallBlob, { signal })
      .catch((error: unknown) => {
        throw goneOr(error, source, descriptor.digest);
      });
  }

  /** Pushes a blob from a single read, which resumes where a push or the read broke. */
  async #stream(
    source: Repository,
    descriptor: Descriptor,
    push: (open: OpenContent) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let reader: BlobReader | undefined;
    const gone = (error: unknown): never => {
      throw goneOr(error, source, descriptor.digest);
    };
    const content: PouredContent = {
      pour: async (...part) => reader?.pour(...part).catch(gone),
    };
    const open = async (): Promise<PouredContent> => {
      reader ??= await this.#client.readerOf(source, descriptor, { signal }).catch(gone);
      return content;
    };
    try {
      await this.#memory(() => push(open), ringBytes);
    } finally {
      reader?.close();
    }
  }
}

/** Whether a registry rejected a manifest because something that it refers to is missing. */
export function lacksParts(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.errors.some(({ code }) => code === "MANIFEST_BLOB_UNKNOWN" || code === "BLOB_UNKNOWN")
  );
}

function goneOr(error: unknown, source: Repository, digest: Digest): unknown {
  if (!(error instanceof RegistryError) || error.status !== 404) return error;
  return new GoneError(source, digest, "blob", error);
}

/** One promise for all callers with the same key; a failed one is made again. */
function remember<T>(
  known: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}

/** Waits for all tasks, even after a failure: the others would go on writing unseen. */
async function settle(tasks: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
