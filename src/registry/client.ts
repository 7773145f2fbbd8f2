// Above 300 lines, since it is the client's whole interface: each call is a few lines here, and
// implemented in blobs/, manifests/ or transport/. Two halves would have to pass calls on to each
// other.
import type { Readable } from "node:stream";
import { FormatError, IntegrityError, RegistryError } from "../errors.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { Reference, Repository } from "../oci/reference.ts";
import { type BlobRange, openBlobRange } from "./blobs/blob-range.ts";
import { BlobReader } from "./blobs/blob-reader.ts";
import { headBlob, openBlob, readBlob, type ReadInto } from "./blobs/blobs.ts";
import { getCachedManifest, hubCountsPulls } from "./manifests/cached-manifests.ts";
import type { OpenContent } from "./blobs/content.ts";
import { createTransport, type RegistryClientOptions } from "./transport/create-transport.ts";
import { KnownBlobs } from "./blobs/known-blobs.ts";
import { createLearned } from "./transport/learned.ts";
import { ManifestCache } from "./manifests/manifest-cache.ts";
import {
  deleteManifest,
  type FetchedManifest,
  headManifest,
  type NewManifest,
  putManifest,
  type PutManifestOptions,
} from "./manifests/manifests.ts";
import { claimTag, type TagClaim } from "./manifests/claim-tag.ts";
import { startMount } from "./blobs/mounts.ts";
import { ping, type Pong } from "./transport/ping.ts";
import { pushStream } from "./blobs/push-stream.ts";
import { listReferrers, referrerIn, referrerOf } from "./manifests/referrers.ts";
import { ReferrersTags } from "./manifests/referrers-tag.ts";
import { findTags, listTags, pagesOfTags, resolveTags } from "./manifests/tags.ts";
import type { Transport } from "./transport/transport.ts";
import { cancelUpload, startUpload, type UploadSession } from "./blobs/upload-session.ts";
import { finishUpload, resumeUpload } from "./blobs/uploads.ts";

export type { FetchedManifest, NewManifest, PutManifestOptions } from "./manifests/manifests.ts";
export type { OpenContent } from "./blobs/content.ts";
export { createTransport, type RegistryClientOptions } from "./transport/create-transport.ts";
export type { BlobRange } from "./blobs/blob-range.ts";
export type { UploadSession } from "./blobs/upload-session.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends CallOptions {
  /** Ask the registry, whatever this client saw or put there before. */
  readonly fresh?: boolean | undefined;
}

export interface PushOptions extends CallOptions {
  /** Send the content in pieces of this size, or larger if the registry requires it. */
  readonly pieceBytes?: number | undefined;
}

/**
 * A client for any registry with the OCI distribution spec 1.1, or Docker's v2 before it. Content
 * is verified as it is read, and transient failures are retried, with at most five tries. Every
 * call throws a registry error if the registry refuses or fails, and an integrity error if bytes do
 * not match their digest.
 */
export class RegistryClient implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #manifests = new ManifestCache();
  readonly #blobs: KnownBlobs;
  readonly #learned = createLearned();
  readonly #referrersTags: ReferrersTags;
  readonly #countsPulls: (host: string) => boolean;
  readonly #clock: () => number;

  constructor(options: RegistryClientOptions) {
    this.#transport = createTransport(options);
    this.#clock = options.clock ?? Date.now;
    this.#blobs = new KnownBlobs(this.#clock);
    this.#referrersTags = new ReferrersTags(this.#transport);
    this.#countsPulls = options.countsPulls ?? hubCountsPulls;
  }

  /** The reference's descriptor, without its content; undefined if it does not exist. */
  async headManifest(reference: Reference, o: CallOptions = {}): Promise<Descriptor | undefined> {
    const found = await headManifest(this.#transport, reference, o.signal);
    const { digest } = reference;
    if (found === undefined && digest !== undefined) this.#manifests.forget(reference, digest);
    return found;
  }

  /**
   * A manifest or index of at most 4 MiB, verified; undefined if it does not exist. A manifest that
   * this client read before is returned from memory when it is requested by digest: only
   * `headManifest` or `fresh` check whether it still exists. A tag is always requested from the
   * registry.
   */
  getManifest(reference: Reference, o: ReadOptions = {}): Promise<FetchedManifest | undefined> {
    const options = { ...o, countsPulls: this.#countsPulls };
    return getCachedManifest(this.#transport, this.#manifests, reference, options);
  }

  /**
   * Pushes a manifest under its tag, or by digest if it has none. If the manifest has a subject and
   * the registry does not list referrers itself, the manifest is added to the tag that lists them,
   * unless `referrersTag` is false. Throws a registry error if only that last step failed.
   */
  async putManifest(
    repository: Repository,
    manifest: NewManifest,
    { referrersTag = true, ...o }: PutManifestOptions & { readonly referrersTag?: boolean } = {},
  ): Promise<Descriptor> {
    const put = putManifest(this.#transport, repository, manifest, o);
    const { descriptor, listed } = await put.catch((error: unknown) => {
      if (lacksPart(error)) this.#blobs.forget(repository);
      throw error;
    });
    if (listed) {
      this.#learned.referrers.set(repository.host, "api");
      return descriptor;
    }
    const referrer = referrersTag ? referrerIn(manifest.bytes, descriptor) : undefined;
    if (referrer !== undefined) {
      const { subject } = referrer;
      await this.#referrersTags.add(repository, subject, referrer.descriptor, o.signal);
    }
    return descriptor;
  }

  /**
   * Puts a tag on a manifest in the repository unless somebody else was first, and returns what the
   * tag finally names. All concurrent claims of a tag get the same answer. If the registry has no
   * conditional writes, this takes at least a second.
   */
  claimTag(
    reference: Repository & { readonly tag: string },
    claim: TagClaim,
    { signal }: CallOptions = {},
  ): Promise<Descriptor> {
    const options = { learned: this.#learned, clock: this.#clock, signal };
    return claimTag(this.#transport, reference, claim, options);
  }

  /**
   * Deletes a manifest by digest, or a tag. False if it did not exist. A manifest with a subject is
   * also removed from the tag that lists the subject's referrers, if there is one.
   */
  async deleteManifest(
    repository: Repository,
    digestOrTag: string,
    o: CallOptions = {},
  ): Promise<boolean> {
    const { host, path } = repository;
    const digest = isDigest(digestOrTag) ? digestOrTag : undefined;
    const listed = this.#learned.referrers.get(host) === "api";
    const doomed =
      digest === undefined || listed
        ? undefined
        : await this.getManifest({ host, path, digest }, o).catch(unlessReadable);
    const deleted = await deleteManifest(this.#transport, repository, digestOrTag, o.signal);
    if (digest === undefined) return deleted;
    this.#manifests.forget(repository, digest);
    const referrer = doomed && referrerOf(doomed.manifest, doomed.descriptor);
    if (referrer !== undefined) {
      await this.#referrersTags.remove(repository, referrer.subject, digest, o.signal);
    }
    return deleted;
  }

  /**
   * The manifests whose subject is `digest`, from the registry's list or the fallback tag; empty if
   * there are none. A list may name manifests that have been deleted.
   */
  listReferrers(
    repository: Repository,
    digest: Digest,
    o: CallOptions & { readonly artifactType?: string | undefined } = {},
  ): Promise<readonly Descriptor[]> {
    return listReferrers(this.#transport, this.#learned, repository, digest, o);
  }

  /**
   * A blob's size in bytes; undefined if it does not exist. If this client saw it or put it there
   * in the last five minutes, the registry is not asked again, unless `fresh`.
   */
  async headBlob(
    repository: Repository,
    digest: Digest,
    o: ReadOptions = {},
  ): Promise<{ size: number } | undefined> {
    const size = o.fresh === true ? undefined : this.#blobs.find(repository, digest)?.size;
    if (size !== undefined) return { size };
    const found = await headBlob(this.#transport, repository, digest, o.signal);
    if (found === undefined) this.#blobs.forget(repository, digest);
    else this.#blobs.add(repository, digest, found.size);
    return found;
  }

  /** A whole, verified blob; at most `limit` bytes. `into` has room for it, and gets its bytes. */
  readBlob(
    repository: Repository,
    descriptor: Descriptor,
    limit: number,
    o: ReadInto = {},
  ): Promise<Buffer> {
    const read = readBlob(this.#transport, repository, descriptor, limit, o);
    return read.catch((error: unknown) => this.#lost(repository, descriptor.digest, error));
  }

  /**
   * A blob as a stream that fails, before its end, if the bytes do not match the descriptor. With
   * `range`, a part of the blob, which cannot be verified: a digest covers the whole.
   */
  openBlob(
    repository: Repository,
    descriptor: Descriptor,
    { signal, range }: CallOptions & { readonly range?: BlobRange | undefined } = {},
  ): Promise<Readable> {
    const opened =
      range === undefined
        ? openBlob(this.#transport, repository, descriptor, signal)
        : openBlobRange(this.#transport, repository, descriptor, range, signal);
    return opened.catch((error: unknown) => this.#lost(repository, descriptor.digest, error));
  }

  /**
   * A blob to pass on to a push, verified, through reused buffers, for copies of large blobs.
   * Rejects if the registry does not have the blob. The caller must close it.
   */
  async readerOf(
    repository: Repository,
    descriptor: Descriptor,
    { signal }: CallOptions = {},
  ): Promise<BlobReader> {
    const options = { signal, ring: true };
    const reader = new BlobReader(this.#transport, repository, descriptor, options);
    await reader.open().catch((error: unknown) => this.#lost(repository, descriptor.digest, error));
    return reader;
  }

  /**
   * Pushes a blob without an existence check; does nothing if this client saw it or put it there in
   * the last five minutes. `open` is called again for each try.
   */
  async pushBlob(
    repository: Repository,
    descriptor: Descriptor,
    open: OpenContent,
    o: PushOptions = {},
  ): Promise<void> {
    const known = this.#blobs.find(repository, descriptor.digest);
    if (known !== undefined && (known.size ?? descriptor.size) === descriptor.size) return;
    await this.finishUpload(repository, descriptor, open, undefined, o);
  }

  /**
   * Pushes content of unknown size and digest, such as another program's output, and returns its
   * descriptor. A piece that broke is sent again from memory. Throws a registry error if the
   * registry lost earlier content, since a stream cannot be read twice.
   */
  async pushStream(
    repository: Repository,
    stream: Readable,
    o: PushOptions & { readonly mediaType?: string | undefined } = {},
  ): Promise<Descriptor> {
    const options = { ...o, learned: this.#learned };
    const descriptor = await pushStream(this.#transport, repository, stream, options);
    this.#blobs.add(repository, descriptor.digest, descriptor.size);
    return descriptor;
  }

  /** Mounts a blob from another repository of the same registry. False: it must be uploaded. */
  async mountBlob(
    repository: Repository,
    digest: Digest,
    from: Repository,
    o: CallOptions = {},
  ): Promise<boolean> {
    const session = await this.startMount(repository, digest, from, o);
    if (session === "mounted") return true;
    if (session !== undefined) await this.cancelUpload(repository, session);
    return false;
  }

  /** Like `mountBlob`, but keeps the upload that a registry begins if it does not mount. */
  async startMount(
    repository: Repository,
    digest: Digest,
    from: Repository,
    o: CallOptions = {},
  ): Promise<"mounted" | UploadSession | undefined> {
    if (this.#blobs.find(repository, digest) !== undefined) return "mounted";
    const { signal } = o;
    const begun = await startMount(
      this.#transport,
      repository,
      digest,
      from,
      signal,
      this.#learned,
    );
    if (begun === "mounted") this.#blobs.add(repository, digest, undefined);
    return begun;
  }

  /** Begins an upload, for `finishUpload`, or for `resumeUpload` in another process. */
  startUpload(repository: Repository, o: CallOptions = {}): Promise<UploadSession> {
    return startUpload(this.#transport, repository, o.signal);
  }

  /** Like `pushBlob`, in an upload that has begun. */
  async finishUpload(
    repository: Repository,
    descriptor: Descriptor,
    open: OpenContent,
    session: UploadSession | undefined,
    { signal, pieceBytes }: PushOptions = {},
  ): Promise<void> {
    const options = { pieceBytes, learned: this.#learned };
    await finishUpload(this.#transport, repository, descriptor, open, session, signal, options);
    this.#blobs.add(repository, descriptor.digest, descriptor.size);
  }

  /**
   * Resumes an upload that another process began, given its `UploadSession.location`, from the
   * offset that the registry reports, or from the start if the registry does not know the upload
   * any more.
   */
  async resumeUpload(
    repository: Repository,
    descriptor: Descriptor,
    open: OpenContent,
    location: string,
    { signal, pieceBytes }: PushOptions = {},
  ): Promise<void> {
    const options = { pieceBytes, learned: this.#learned };
    const transport = this.#transport;
    await resumeUpload(transport, repository, descriptor, open, location, signal, options);
    this.#blobs.add(repository, descriptor.digest, descriptor.size);
  }

  /** Cancels an upload. Failures are ignored. */
  cancelUpload(repository: Repository, session: UploadSession): Promise<void> {
    return cancelUpload(this.#transport, repository, session);
  }

  /** All tags; none if the repository does not exist. At most a million. */
  listTags(repository: Repository, o: CallOptions = {}): Promise<readonly string[]> {
    return listTags(this.#transport, repository, o.signal);
  }

  /** The tags page by page, as they arrive; only those after `last` if it is given. */
  pagesOfTags(
    repository: Repository,
    o: CallOptions & { readonly last?: string | undefined } = {},
  ): AsyncGenerator<readonly string[]> {
    return pagesOfTags(this.#transport, repository, o);
  }

  /**
   * Those of many tags that may exist, by one listing if that is cheaper than a request for each;
   * all of them if it is not, or if the registry does not list tags.
   */
  findTags(
    repository: Repository,
    tags: readonly string[],
    o: CallOptions = {},
  ): Promise<ReadonlySet<string>> {
    return findTags(this.#transport, repository, tags, o.signal);
  }

  /** What each of these tags names; missing tags are left out. */
  resolveTags(
    repository: Repository,
    tags: readonly string[],
    o: CallOptions = {},
  ): Promise<ReadonlyMap<string, Descriptor>> {
    return resolveTags(this.#transport, repository, tags, o.signal);
  }

  /** Resolves if the host speaks the registry protocol, even if it requires a login. */
  ping(host: string, o: CallOptions = {}): Promise<Pong> {
    return ping(this.#transport, host, o.signal);
  }

  /** Closes all connections; pending requests fail. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }

  /** Content that could not be read may have been deleted: ask for it again. */
  #lost(repository: Repository, digest: Digest, error: unknown): never {
    this.#blobs.forget(repository, digest);
    throw error;
  }
}

/**
 * Whether the registry reports that a blob or manifest which the pushed one refers to is missing.
 */
function lacksPart(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.errors.some(({ code }) =>
      ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"].includes(code),
    )
  );
}

/** A reference to delete need not be a manifest. */
function unlessReadable(error: unknown): undefined {
  if (error instanceof FormatError || error instanceof IntegrityError) return undefined;
  throw error;
}
