import type { Readable } from "node:stream";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor, Manifest } from "../oci/manifest.ts";
import type { Reference, Repository } from "../oci/reference.ts";
import type { CredentialSource } from "./credentials.ts";

export interface RegistryClientOptions {
  readonly credentials: CredentialSource;
  /** Hosts that plain HTTP, or TLS with any certificate, will do for. Loopback always may speak plain HTTP. */
  readonly insecure?: readonly string[];
  readonly userAgent?: string;
  readonly maxConnectionsPerHost?: number;
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

export interface NewManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Undefined: pushed by its digest. */
  readonly tag?: string | undefined;
}

export type BlobContent = Readable | Uint8Array;

/** A client of any registry that speaks the OCI distribution spec 1.1, or Docker's v2 before it. */
export class RegistryClient implements AsyncDisposable {
  constructor(_options: RegistryClientOptions) {
    throw new Error("not written yet");
  }
  /** What the reference names; undefined where the registry has none. */
  headManifest(_ref: Reference, _o?: CallOptions): Promise<Descriptor | undefined> {
    throw new Error("not written yet");
  }
  getManifest(_ref: Reference, _o?: CallOptions): Promise<FetchedManifest | undefined> {
    throw new Error("not written yet");
  }
  putManifest(_repository: Repository, _m: NewManifest, _o?: CallOptions): Promise<Descriptor> {
    throw new Error("not written yet");
  }
  headBlob(
    _repository: Repository,
    _digest: Digest,
    _o?: CallOptions,
  ): Promise<{ size: number } | undefined> {
    throw new Error("not written yet");
  }
  readBlob(
    _repository: Repository,
    _descriptor: Descriptor,
    _limit: number,
    _o?: CallOptions,
  ): Promise<Buffer> {
    throw new Error("not written yet");
  }
  openBlob(_repository: Repository, _descriptor: Descriptor, _o?: CallOptions): Promise<Readable> {
    throw new Error("not written yet");
  }
  pushBlob(
    _repository: Repository,
    _descriptor: Descriptor,
    _open: () => BlobContent | Promise<BlobContent>,
    _o?: CallOptions,
  ): Promise<void> {
    throw new Error("not written yet");
  }
  mountBlob(
    _repository: Repository,
    _digest: Digest,
    _from: Repository,
    _o?: CallOptions,
  ): Promise<boolean> {
    throw new Error("not written yet");
  }
  listTags(_repository: Repository, _o?: CallOptions): Promise<readonly string[]> {
    throw new Error("not written yet");
  }
  deleteManifest(
    _repository: Repository,
    _digestOrTag: string,
    _o?: CallOptions,
  ): Promise<boolean> {
    throw new Error("not written yet");
  }
  ping(_host: string, _o?: CallOptions): Promise<void> {
    throw new Error("not written yet");
  }
  [Symbol.asyncDispose](): Promise<void> {
    throw new Error("not written yet");
  }
}
