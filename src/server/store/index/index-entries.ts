import { type Digest, isDigest } from "../../../oci/digest.ts";
import { type ManifestFacts, recordBytes } from "../journal/records.ts";
import type { Referrers } from "./referrers.ts";

/**
 * Bytes that are kept once, for all who have them. Some 200 bytes of memory, the digest's text
 * and its place in the map included.
 */
export interface Content {
  readonly digest: Digest;
  size: number;
  segment: number;
  /** In the segment; -1 where they have a file of their own. */
  offset: number;
  /** How many entries of repositories have it. */
  references: number;
}

/** That a repository has a blob: some 150 bytes. */
export interface BlobEntry {
  readonly content: Content;
  /** Where the record is that says so. */
  segment: number;
  /** When it was put; kept over restarts. */
  readonly writtenAt: number;
  usedAt: number;
  /** Its removal is on its way to the disk: nobody sees it any more. */
  leaving: boolean;
}

export interface ManifestEntry extends BlobEntry {
  facts: ManifestFacts;
  /** How many tags name it. */
  tags: number;
}

export interface TagEntry {
  readonly digest: Digest;
  segment: number;
  leaving: boolean;
}

export interface Repository {
  readonly name: string;
  readonly blobs: Map<Digest, BlobEntry>;
  readonly manifests: Map<Digest, ManifestEntry>;
  readonly tags: Map<string, TagEntry>;
  readonly referrers: Map<Digest, Referrers>;
  /** A manifest was lost that tags may name still. */
  hasLost: boolean;
  /** The tags in order, until one comes or goes. */
  sorted: readonly string[] | undefined;
}

/** How many tags of a repository name a manifest. Looks at each. */
export function tagsOf({ tags }: Repository, digest: Digest): number {
  return [...tags.values()].filter((entry) => entry.digest === digest).length;
}

/** Bytes that the record of a content takes. */
export function contentBytes({ digest, size, offset }: Content): number {
  return recordBytes({ kind: offset < 0 ? "file" : "content", digest, size });
}

/** A text of its own: what was cut out of a longer one keeps all of that in memory. */
export function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** The same of a digest. */
export function flatDigest(digest: Digest): Digest {
  const own = flat(digest);
  return isDigest(own) ? own : digest;
}
