import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { RegistryError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { Reference, Repository } from "../oci/reference.ts";
import { headBlob, openBlob, readBlob } from "./blobs.ts";
import type { OpenContent } from "./content.ts";
import type { CredentialSource } from "./credentials.ts";
import {
  deleteManifest,
  type FetchedManifest,
  getManifest,
  headManifest,
  type NewManifest,
  putManifest,
} from "./manifests.ts";
import { redactUrl } from "./redact.ts";
import { listTags } from "./tags.ts";
import { Transport } from "./transport.ts";
import { cancelUpload, finishUpload, pushBlob, startMount, type UploadSession } from "./uploads.ts";

export type { FetchedManifest, NewManifest } from "./manifests.ts";
export type { BlobContent, OpenContent } from "./content.ts";
export type { UploadSession } from "./uploads.ts";

export interface RegistryClientOptions {
  readonly credentials: CredentialSource;
  /** Hosts that plain HTTP, or TLS with any certificate, will do for. Loopback always may speak plain HTTP. */
  readonly insecure?: readonly string[];
  readonly userAgent?: string;
  /** 48 where it is not given: with latency between, connections are what limits. */
  readonly maxConnectionsPerHost?: number;
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * A client of any registry that speaks the OCI distribution spec 1.1, or Docker's v2 before it.
 * What it reads is verified; what fails in passing is tried again, at most five times. Every call
 * throws a registry error where the registry refuses or does not serve, and an integrity error
 * where bytes are not what their digest says.
 */
export class RegistryClient implements AsyncDisposable {
  readonly #transport: Transport;

  constructor(options: RegistryClientOptions) {
    this.#transport = createTransport(options);
  }

  /** What the reference names, without its content; undefined where the registry has none. */
  headManifest(reference: Reference, o: CallOptions = {}): Promise<Descriptor | undefined> {
    return headManifest(this.#transport, reference, o.signal);
  }

  /** A manifest or index of at most 4 MiB, verified; undefined where the registry has none. */
  getManifest(reference: Reference, o: CallOptions = {}): Promise<FetchedManifest | undefined> {
    return getManifest(this.#transport, reference, o.signal);
  }

  /** Pushes a manifest under its tag, or by digest where it has none. */
  putManifest(
    repository: Repository,
    manifest: NewManifest,
    o: CallOptions = {},
  ): Promise<Descriptor> {
    return putManifest(this.#transport, repository, manifest, o.signal);
  }

  /** Deletes a manifest by digest, or a tag. False where there was none. */
  deleteManifest(
    repository: Repository,
    digestOrTag: string,
    o: CallOptions = {},
  ): Promise<boolean> {
    return deleteManifest(this.#transport, repository, digestOrTag, o.signal);
  }

  /** A blob's size in bytes; undefined where the registry has none. */
  headBlob(
    repository: Repository,
    digest: Digest,
    o: CallOptions = {},
  ): Promise<{ size: number } | undefined> {
    return headBlob(this.#transport, repository, digest, o.signal);
  }

  /** A blob whole, verified; at most `limit` bytes. */
  readBlob(
    repository: Repository,
    descriptor: Descriptor,
    limit: number,
    o: CallOptions = {},
  ): Promise<Buffer> {
    return readBlob(this.#transport, repository, descriptor, limit, o.signal);
  }

  /** A blob as a stream that fails, before it ends, where its bytes are not those of the descriptor. */
  openBlob(repository: Repository, descriptor: Descriptor, o: CallOptions = {}): Promise<Readable> {
    return openBlob(this.#transport, repository, descriptor, o.signal);
  }

  /** Pushes a blob without looking first; `open` is called again for each try. */
  pushBlob(
    repository: Repository,
    descriptor: Descriptor,
    open: OpenContent,
    o: CallOptions = {},
  ): Promise<void> {
    return pushBlob(this.#transport, repository, descriptor, open, o.signal);
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
    if (session !== undefined) await cancelUpload(this.#transport, repository, session);
    return false;
  }

  /** Like `mountBlob`, and keeps the upload that a registry begins where it does not mount. */
  startMount(
    repository: Repository,
    digest: Digest,
    from: Repository,
    o: CallOptions = {},
  ): Promise<"mounted" | UploadSession | undefined> {
    return startMount(this.#transport, repository, digest, from, o.signal);
  }

  /** Like `pushBlob`, in an upload that was begun already. */
  finishUpload(
    repository: Repository,
    descriptor: Descriptor,
    open: OpenContent,
    session: UploadSession | undefined,
    o: CallOptions = {},
  ): Promise<void> {
    return finishUpload(this.#transport, repository, descriptor, open, session, o.signal);
  }

  /** All tags; none where the registry has no such repository. */
  listTags(repository: Repository, o: CallOptions = {}): Promise<readonly string[]> {
    return listTags(this.#transport, repository, o.signal);
  }

  /** Resolves where the host speaks the registry protocol; that it asks for a login is fine. */
  async ping(host: string, o: CallOptions = {}): Promise<void> {
    const answer = await this.#transport.send({
      method: "GET",
      repository: { host, path: "" },
      scopes: [],
      authorize: false,
      target: "",
      accept: [200, 401],
      signal: o.signal,
    });
    answer.message.resume();
    if (answer.status === 200 || answer.header("www-authenticate") !== undefined) return;
    throw new RegistryError({
      method: "GET",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: "something answers there that is no registry",
      hint: "check the address",
    });
  }

  /** Closes all connections; what is still under way fails. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }
}

/** What a client sends its requests through, for work that needs their answers as they are. */
export function createTransport(options: RegistryClientOptions): Transport {
  return new Transport({
    credentials: options.credentials,
    insecure: options.insecure ?? [],
    userAgent: options.userAgent ?? "layerkeep",
    maxConnectionsPerHost: options.maxConnectionsPerHost ?? 48,
    sleep: options.sleep ?? sleepFor,
    random: options.random ?? Math.random,
    clock: options.clock ?? Date.now,
  });
}

async function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
