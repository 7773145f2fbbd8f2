import type { Digest } from "../../oci/digest.ts";

/** What one repository holds at one moment, as a collector sees it. */
export interface RepositoryView {
  readonly name: string;
  /** What its tags name. */
  readonly tagged: ReadonlySet<Digest>;
  readonly manifests: readonly ManifestView[];
  readonly blobs: readonly BlobView[];
}

export interface ManifestView {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** All that it refers to: manifests, config, layers. The subject is not among them. */
  readonly parts: readonly Digest[];
  readonly subject: Digest | undefined;
  /**
   * When a client last put it, or was told that it is there, in milliseconds of the store's
   * clock. Not kept over a restart: then all begins again, and is kept for longer.
   */
  readonly usedAt: number;
  /** When it was first put, by the same clock. Kept over a restart. */
  readonly writtenAt: number;
}

export interface BlobView {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly usedAt: number;
  readonly writtenAt: number;
}

/** What is taken from one repository; others keep theirs. */
export interface Removals {
  readonly repository: string;
  readonly manifests: readonly Digest[];
  readonly blobs: readonly Digest[];
}

/**
 * Decides over all repositories at once what goes. The store calls it, and deletes what it
 * names, while nothing can be put: what was checked to be there stays there.
 */
export type PlanCollection = (repositories: readonly RepositoryView[]) => readonly Removals[];
