// Above 300 lines, since it is the client's whole face: each call is a few lines here and done in
// blobs/, manifests/ or transport/, and a face in two halves would have to pass calls on.
import type { Readable } from "node:stream";
import { FormatError, IntegrityError, RegistryError } from "../errors.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { Reference, Repository } from "../oci/reference.ts";
import { type BlobRange, openBlobRange } from "./blobs/blob-range.ts";
import { BlobReader } from "./blobs/blob-reader.ts";
import { headBlob, openBlob, readBlob } from "./blobs/blobs.ts";
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
import { ping } from "./transport/ping.ts";
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
  /** Send the content in pieces of so many bytes, and of more where the registry asks for more. */
  readonly pieceBytes?: number | undefined;
}

/**
 * A client of any registry that speaks the OCI distribution spec 1.1, or Docker's v2 before it.
 * What it reads is verified; what fails in passing is tried again, at most five times. Every call
 * throws a registry error where the registry refuses or does not serve, and an integrity error
 * where bytes are not what their digest says.
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

  /** What the reference names, without its content; undefined where the registry has none. */
  async headManifest(reference: Reference, o: CallOptions = {}): Promise<Descriptor | undefined> {
    const found = await headManifest(this.#transport, reference, o.signal);
    const { digest } = reference;
    if (found === undefined && digest !== undefined) this.#manifests.forget(reference, digest);
    return found;
  }

  /**
   * A manifest or index of at most 4 MiB, verified; undefined where the registry has none. One
   * that this client read before comes by its digest from memory: whether it still exists, only
   * `headManifest` or `fresh` tell. By tag the registry is always asked.
   */
  getManifest(reference: Reference, o: ReadOptions = {}): Promise<FetchedManifest | undefined> {
    const options = { ...o, countsPulls: this.#countsPulls };
    return getCachedManifest(this.#transport, this.#manifests, reference, options);
  }

  /**
   * Pushes a manifest under its tag, or by digest where it has none. One with a subject is added
   * to the tag that lists the subject's referrers where the registry does not list them, unless
   * `referrersTag` is false; throws a registry error if the manifest exists but that did not
   * succeed.
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
   * Puts a tag on a manifest that the repository has, unless somebody was first, and returns what
   * the tag names in the end. All who claim a tag at once get the same answer; without conditional
   * writes in the registry this takes at least a second.
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
   * Deletes a manifest by digest, or a tag. False where there was none. A manifest with a subject
   * is taken out of the tag that lists the subject's referrers, where there is one.
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
   * The manifests whose subject is `digest`, as the registry or the fallback tag lists them; none
   * where nothing refers to it. A list may name what is gone by now.
   */
  listReferrers(
    repository: Repository,
    digest: Digest,
    o: CallOptions & { readonly artifactType?: string | undefined } = {},
  ): Promise<readonly Descriptor[]> {
    return listReferrers(this.#transport, this.#learned, repository, digest, o);
  }

  /**
   * A blob's size in bytes; undefined where the registry has none. One that this client saw or
   * put there in the last five minutes is not asked for again, unless `fresh`.
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

  /** A blob whole, verified; at most `limit` bytes. */
  readBlob(
    repository: Repository,
    descriptor: Descriptor,
    limit: number,
    o: CallOptions = {},
  ): Promise<Buffer> {
    const read = readBlob(this.#transport, repository, descriptor, limit, o.signal);
    return read.catch((error: unknown) => this.#lost(repository, descriptor.digest, error));
  }

  /**
   * A blob as a stream that fails, before it ends, where its bytes are not those of the
   * descriptor. With `range`, a part of it, whose bytes nothing can verify: a digest is of the
   * whole.
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
   * A blob to be handed on to a push, verified, through buffers that are used again: what copies
   * of large blobs are made of. Rejects where the registry has no such blob. To be closed.
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
   * Pushes a blob, without a look first and not at all where this client saw or put it there in
   * the last five minutes; `open` is called again for each try.
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
   * Pushes content whose size and digest nobody knows yet, such as another program's output; gives
   * its descriptor. A piece that broke is sent again from memory; throws a registry error where
   * the registry lost what came before it, since a stream cannot be read twice.
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

  /** Takes a blob over from another repository of the same registry. False: it must be uploaded. */
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

  /** Like `mountBlob`, and keeps the upload that a registry begins where it does not mount. */
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

  /** Like `pushBlob`, in an upload that was begun already. */
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
   * Goes on with an upload that another process began, given its `UploadSession.location`: from
   * the offset that the registry reports, or from the start if it does not know the upload any more.
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

  /** Gives up an upload that was begun; that this fails is of no account. */
  cancelUpload(repository: Repository, session: UploadSession): Promise<void> {
    return cancelUpload(this.#transport, repository, session);
  }

  /** All tags; none where the registry has no such repository. At most a million. */
  listTags(repository: Repository, o: CallOptions = {}): Promise<readonly string[]> {
    return listTags(this.#transport, repository, o.signal);
  }

  /** The tags page by page, as they come; those after `last` where it is given. */
  pagesOfTags(
    repository: Repository,
    o: CallOptions & { readonly last?: string | undefined } = {},
  ): AsyncGenerator<readonly string[]> {
    return pagesOfTags(this.#transport, repository, o);
  }

  /**
   * Those of many tags that may be there, by one listing where that is cheaper than asking for
   * each; all of them where it is not, or where the registry does not list.
   */
  findTags(
    repository: Repository,
    tags: readonly string[],
    o: CallOptions = {},
  ): Promise<ReadonlySet<string>> {
    return findTags(this.#transport, repository, tags, o.signal);
  }

  /** What each of these tags names; tags that are not there are left out. */
  resolveTags(
    repository: Repository,
    tags: readonly string[],
    o: CallOptions = {},
  ): Promise<ReadonlyMap<string, Descriptor>> {
    return resolveTags(this.#transport, repository, tags, o.signal);
  }

  /** Resolves where the host speaks the registry protocol; that it asks for a login is fine. */
  ping(host: string, o: CallOptions = {}): Promise<void> {
    return ping(this.#transport, host, o.signal);
  }

  /** Closes all connections; what is still under way fails. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }

  /** What could not be read may be gone: it is asked for again. */
  #lost(repository: Repository, digest: Digest, error: unknown): never {
    this.#blobs.forget(repository, digest);
    throw error;
  }
}

/** The registry says that a blob or manifest is not there which the pushed one refers to. */
function lacksPart(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.errors.some(({ code }) =>
      ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"].includes(code),
    )
  );
}

/** What is about to be deleted need not be a manifest. */
function unlessReadable(error: unknown): undefined {
  if (error instanceof FormatError || error instanceof IntegrityError) return undefined;
  throw error;
}
