import { createHash, type Hash } from "node:crypto";
import { FormatError, UsageError } from "../errors.ts";

/**
 * `algorithm:encoded`, such as `sha256:<64 hex>`: OCI image spec 1.1, descriptor.md#digests. Only
 * `parseDigest`, `isDigest` and `isDescriptorDigest` make one of a text.
 */
export type Digest = `${string}:${string}`;

const registered = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
/** The grammar of the spec; an algorithm may be compound, as in `multihash+base58:Qm…`. */
const grammar = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Whether the text is a digest of an algorithm that we can compute. */
export function isDigest(text: string): text is Digest {
  return registered.test(text);
}

/**
 * Whether a descriptor may have the text as its digest: also one of an algorithm that nobody
 * registered. Its content can be named, but `hasherFor` refuses to check it.
 */
export function isDescriptorDigest(text: string): text is Digest {
  return /^sha(?:256|512):/.test(text) ? isDigest(text) : grammar.test(text);
}

/** The text as a digest. Throws a usage error where it is none. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new UsageError(`"${text}" is not a digest`, {
      hint: "a digest is sha256: and 64 lower-case hexadecimal digits",
    });
  }
  return text;
}

/** The sha256 digest of bytes or of UTF-8 text. */
export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** What comes before the colon: `sha256`. */
export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

/** What comes after the colon; hexadecimal for the algorithms that we can compute. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** Whether the bytes are those of the digest. Throws a format error for one that we cannot compute. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  const hasher = hasherFor(digest);
  hasher.update(bytes);
  return hasher.digest() === digest;
}

/** A running hash. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Digest;
  /** Another that goes on from here by itself. */
  copy(): Hasher;
}

/**
 * A running hash for content that should have this digest. Throws a format error for an algorithm
 * that we cannot compute.
 */
export function hasherFor(digest: Digest): Hasher {
  if (!registered.test(digest)) {
    throw new FormatError(
      `the content of ${digest} cannot be checked: Layerkeep computes sha256 and sha512 alone`,
    );
  }
  const algorithm = algorithmOf(digest);
  return hasherOf(algorithm, createHash(algorithm));
}

function hasherOf(algorithm: string, hash: Hash): Hasher {
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => `${algorithm}:${hash.digest("hex")}`,
    copy: () => hasherOf(algorithm, hash.copy()),
  };
}
