import { FormatError } from "../../../errors.ts";
import { type Digest, hexOf, isDigest } from "../../../oci/digest.ts";

/** One change to a store, as recorded in its journal. The last change to a thing counts. */
export type Change =
  /** The bytes of a small blob or a manifest; they follow the record's head. */
  | { readonly kind: "content"; readonly digest: Digest; readonly size: number }
  /** A large blob has a file of its own. */
  | { readonly kind: "file"; readonly digest: Digest; readonly size: number }
  /** A repository has a blob, or no longer has it; and the same for manifests and tags. */
  | {
      readonly kind: "blob" | "manifest";
      readonly repository: string;
      readonly digest: Digest;
      /** When it was pushed, in milliseconds since 1970. */
      readonly at: number;
    }
  | {
      readonly kind: "unblob" | "unmanifest";
      readonly repository: string;
      readonly digest: Digest;
    }
  | {
      readonly kind: "tag";
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest;
    }
  | { readonly kind: "untag"; readonly repository: string; readonly tag: string }
  /** The repository exists, though it may be empty. */
  | { readonly kind: "repository"; readonly repository: string };

/** What the journal says about its own segments. */
export type ChainChange =
  /** The segment was deleted, since nothing in it was of use. */
  | { readonly kind: "dropped"; readonly segment: number; readonly salt: number }
  /** The last record of a full segment: where the journal continues. */
  | { readonly kind: "next"; readonly segment: number; readonly salt: number };

/** All kinds of journal records. */
export type AnyChange = Change | ChainChange;

/** What is known about a manifest without reading it. */
export interface ManifestFacts {
  readonly mediaType: string;
  /** Everything that it refers to except its subject. */
  readonly parts: readonly Digest[];
  readonly subject: Digest | undefined;
  /** For a manifest with a subject: what a list of referrers needs. */
  readonly referrer?: ReferrerFacts | undefined;
}

export interface ReferrerFacts {
  /** Its first `longestType` characters. */
  readonly artifactType: string | undefined;
  /** The size of its descriptor as JSON, including annotations, in bytes. */
  readonly descriptorBytes: number;
}

/** In characters. RFC 6838, 4.2, allows a media type 127 on each side of the slash. */
export const longestType = 255;

/** A change that was read from a segment. */
export interface ReadRecord {
  readonly change: AnyChange;
  /** Where its content begins, from the start of what was read. */
  readonly offset: number;
  readonly content: Uint8Array | undefined;
}

// The order is part of the format: new kinds are only appended.
const kinds = [
  "content",
  "file",
  "blob",
  "unblob",
  "manifest",
  "unmanifest",
  "tag",
  "untag",
  "repository",
  "dropped",
  "next",
] as const;

/**
 * Kind, lengths of tag, digest and repository, and size of the content or time. For a segment: the
 * salt as a tag of eight hexadecimal digits, and the number in place of the time.
 */
const fixedBytes = 1 + 1 + 1 + 2 + 8;

/** The head of a record: everything except a content's bytes. */
export function encodeChange(change: AnyChange): Buffer {
  const tag = tagOf(change);
  const repository = "repository" in change ? change.repository : "";
  const hex = "digest" in change ? hexOf(change.digest) : "";
  const head = Buffer.allocUnsafe(headBytes(change));
  head[0] = kinds.indexOf(change.kind);
  head[1] = tag.length;
  head[2] = hex.length / 2;
  head.writeUInt16LE(repository.length, 3);
  head.writeDoubleLE(numberOf(change), 5);
  // Names and tags are ASCII: the routes accept nothing else.
  head.write(tag, fixedBytes, "latin1");
  head.write(hex, fixedBytes + tag.length, "hex");
  head.write(repository, fixedBytes + tag.length + hex.length / 2, "latin1");
  return head;
}

/** Whether it is about the journal's own segments, not about stored content. */
export function isOfChain(change: AnyChange): change is ChainChange {
  return change.kind === "dropped" || change.kind === "next";
}

/** The size of a change in a segment, including its content, in bytes. */
export function recordBytes(change: AnyChange): number {
  return headBytes(change) + (change.kind === "content" ? change.size : 0);
}

/**
 * The records of a frame's payload. Throws a format error for anything that this version does not
 * know.
 */
export function* decodeChanges(bytes: Buffer, start: number, end: number): Generator<ReadRecord> {
  for (let at = start; at < end; ) {
    const change = decodeChange(bytes, at, end);
    const offset = at + headBytes(change);
    at += recordBytes(change);
    if (at > end) throw new FormatError("a record is longer than its frame");
    const content = change.kind === "content" ? bytes.subarray(offset, at) : undefined;
    yield { change, offset, content };
  }
}

function tagOf(change: AnyChange): string {
  if ("salt" in change) return change.salt.toString(16).padStart(8, "0");
  return "tag" in change ? change.tag : "";
}

function numberOf(change: AnyChange): number {
  if ("size" in change) return change.size;
  if ("segment" in change) return change.segment;
  return "at" in change ? change.at : 0;
}

function headBytes(change: AnyChange): number {
  const tag = tagOf(change).length;
  const repository = "repository" in change ? change.repository.length : 0;
  const digest = "digest" in change ? (change.digest.length - "sha256:".length) / 2 : 0;
  return fixedBytes + tag + digest + repository;
}

function decodeChange(bytes: Buffer, at: number, end: number): AnyChange {
  if (at + fixedBytes > end) throw new FormatError("a record is cut off");
  const kind = kinds[bytes.readUInt8(at)];
  const tagAt = at + fixedBytes;
  const digestAt = tagAt + bytes.readUInt8(at + 1);
  const repositoryAt = digestAt + bytes.readUInt8(at + 2);
  const stop = repositoryAt + bytes.readUInt16LE(at + 3);
  if (stop > end) throw new FormatError("a record is cut off");
  const size = bytes.readDoubleLE(at + 5);
  const tag = bytes.toString("latin1", tagAt, digestAt);
  const repository = bytes.toString("latin1", repositoryAt, stop);
  switch (kind) {
    case "content":
    case "file":
      if (!Number.isSafeInteger(size) || size < 0) throw new FormatError("a record has no size");
      return { kind, digest: digestAtOf(bytes, digestAt, repositoryAt), size };
    case "blob":
    case "manifest":
      return { kind, repository, digest: digestAtOf(bytes, digestAt, repositoryAt), at: size };
    case "unblob":
    case "unmanifest":
      return { kind, repository, digest: digestAtOf(bytes, digestAt, repositoryAt) };
    case "tag":
      return { kind, repository, tag, digest: digestAtOf(bytes, digestAt, repositoryAt) };
    case "untag":
      return { kind, repository, tag };
    case "repository":
      return { kind, repository };
    case "dropped":
    case "next":
      return { kind, segment: size, salt: Number.parseInt(tag, 16) };
    case undefined:
      break;
  }
  throw new FormatError(`a record has an unknown kind, ${bytes.readUInt8(at)}`);
}

function digestAtOf(bytes: Buffer, start: number, end: number): Digest {
  const digest = `${end - start === 64 ? "sha512" : "sha256"}:${bytes.toString("hex", start, end)}`;
  if (isDigest(digest)) return digest;
  throw new FormatError("a record has no digest");
}
