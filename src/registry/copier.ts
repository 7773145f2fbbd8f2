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
  /** Taken over within the registry, sent over the network, or there before. */
  readonly how: "mounted" | "copied" | "there";
}

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Copy what refers to the manifests, too: signatures and the like. `copyManifestTree` heeds it.
   * Only then does a target without a list of referrers get the tags that stand in for it: an
   * attestation is found by the index that holds it.
   */
  readonly referrers?: boolean | undefined;
  /** Told of a referrer that the source lists and does not have: it is left out. */
  readonly onMissingReferrer?: ((digest: Digest) => void) | undefined;
  readonly onBlob?: ((copied: CopiedBlob) => void) | undefined;
}

/** Blobs up to this size are read whole while the upload begins. Bytes. */
const smallBlob = 256 << 10;
/** Blobs under way at once: what the connections to one host can carry, and some to wait for them. */
const blobsAtOnce = 96;
/** What blobs under way hold of their content at once, whatever the image's size. Bytes. */
const memoryBytes = 12 << 20;

/**
 * Copies manifests with all that they refer to, by digest, children first. Each manifest is read
 * once, and each blob goes to each target repository once, however many manifests share it, for
 * as long as the copier is kept.
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

  /** For a target that turned out to have lost what was brought to it. */
  forget(target: Repository): void {
    const prefix = `${formatRepository(target)}@`;
    for (const known of [this.#blobs, this.#trees]) {
      for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key);
    }
  }

  /** A manifest by its digest. Throws a `GoneError` where the repository has none. */
  manifest(source: Repository, digest: Digest, signal?: AbortSignal): Promise<FetchedManifest> {
    return remember(this.#manifests, `${formatRepository(source)}@${digest}`, async () => {
      const { host, path } = source;
      // What was read hours ago may be gone by now.
      const found = await this.#client.getManifest({ host, path, digest }, { signal, fresh: true });
      if (found === undefined) throw new GoneError(source, digest, "manifest");
      return found;
    });
  }

  /**
   * A manifest or index and all below it, to be in `target` under its digest. Throws a
   * `GoneError` where the source lacks a part.
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

  /** All that a manifest refers to, and not the manifest itself, which is given. */
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

  /** One blob: mounted if the registry is the same, else sent unless it is there. */
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
    // Across registries the target is asked to mount from itself: a look, and the start of an
    // upload where it has none, in one request. Meanwhile a small blob is read already.
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

  /** For a registry that said a blob was there, and then that it is not. */
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

  /** Pushes a blob from one reading of it, which goes on where a push or the reading broke. */
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

/** Whether a registry refused a manifest since it lacks what the manifest refers to. */
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

/** One promise for all who ask for the same; one that failed is made again. */
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

/** All of them, to their end: what still runs after a failure would write behind our back. */
async function settle(tasks: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
