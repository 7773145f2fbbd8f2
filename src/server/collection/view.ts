import type { Digest } from "../../oci/digest.ts";

/** A snapshot of one repository for the collector. */
export interface RepositoryView {
  readonly name: string;
  /** The digests that its tags name. */
  readonly tagged: ReadonlySet<Digest>;
  readonly manifests: readonly ManifestView[];
  readonly blobs: readonly BlobView[];
}

export interface ManifestView {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** Everything that it refers to except its subject: manifests, config, layers. */
  readonly parts: readonly Digest[];
  readonly subject: Digest | undefined;
  /**
   * When a client last pushed it or was told that it exists, in milliseconds on the store's clock.
   * Not stored: after a restart all times begin again, so content is kept for longer.
   */
  readonly usedAt: number;
  /** When it was first pushed, on the same clock. Stored across restarts. */
  readonly writtenAt: number;
}

export interface BlobView {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly usedAt: number;
  readonly writtenAt: number;
}

/** What is deleted from one repository; other repositories keep theirs. */
export interface Removals {
  readonly repository: string;
  readonly manifests: readonly Digest[];
  readonly blobs: readonly Digest[];
}

/**
 * Decides over all repositories at once what is deleted. The store calls it and deletes the result
 * while nothing can be pushed, so whatever a push has checked still exists.
 */
export type PlanCollection = (repositories: readonly RepositoryView[]) => readonly Removals[];
