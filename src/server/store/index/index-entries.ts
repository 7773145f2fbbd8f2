import { type Digest, isDigest } from "../../../oci/digest.ts";
import { type ManifestFacts, recordBytes } from "../journal/records.ts";
import type { Referrers } from "./referrers.ts";

/**
 * Bytes that are stored once for all repositories that have them. About 200 bytes of memory,
 * including the digest's text and its place in the map.
 */
export interface Content {
  readonly digest: Digest;
  size: number;
  segment: number;
  /** The offset in the segment; -1 if it has a file of its own. */
  offset: number;
  /** How many entries of repositories have it. */
  references: number;
}

/** A repository's blob: about 150 bytes. */
export interface BlobEntry {
  readonly content: Content;
  /** The segment with the record of it. */
  segment: number;
  /** When it was pushed; kept across restarts. */
  readonly writtenAt: number;
  usedAt: number;
  /** Its removal is being written: nobody sees it any more. */
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
  /** A manifest was lost that tags may still name. */
  hasLost: boolean;
  /** The sorted tags, until one is added or removed. */
  sorted: readonly string[] | undefined;
}

/** How many tags of a repository name a manifest. Checks every tag. */
export function tagsOf({ tags }: Repository, digest: Digest): number {
  return [...tags.values()].filter((entry) => entry.digest === digest).length;
}

/** The size of a content's record, in bytes. */
export function contentBytes({ digest, size, offset }: Content): number {
  return recordBytes({ kind: offset < 0 ? "file" : "content", digest, size });
}

/** A copy of a text: a substring keeps the whole original in memory. */
export function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** The same for a digest. */
export function flatDigest(digest: Digest): Digest {
  const own = flat(digest);
  return isDigest(own) ? own : digest;
}
