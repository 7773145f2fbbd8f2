import { createHash, type Hash } from "node:crypto";
import { FormatError, UsageError } from "../errors.ts";

/**
 * `algorithm:encoded`, such as `sha256:<64 hex>`: OCI image spec 1.1, descriptor.md#digests. Only
 * `parseDigest`, `isDigest` and `isDescriptorDigest` turn text into one.
 */
export type Digest = `${string}:${string}`;

const registered = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
/** The grammar of the spec. An algorithm may be compound, as in `multihash+base58:Qm…`. */
const grammar = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Whether the text is a digest that we can compute. */
export function isDigest(text: string): text is Digest {
  return registered.test(text);
}

/**
 * Whether the text may be a descriptor's digest. Unregistered algorithms are allowed: such content
 * can be named, but `hasherFor` refuses to verify it.
 */
export function isDescriptorDigest(text: string): text is Digest {
  return /^sha(?:256|512):/.test(text) ? isDigest(text) : grammar.test(text);
}

/** Parses a digest. Throws a usage error if it is invalid. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new UsageError(`"${text}" is not a digest`, {
      hint: "use sha256: followed by 64 lowercase hexadecimal digits",
    });
  }
  return text;
}

/** The sha256 digest of bytes or of UTF-8 text. */
export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The part before the colon: `sha256`. */
export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

/** The part after the colon; hexadecimal for the algorithms that we can compute. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** Whether the bytes have the digest. Throws a format error for a digest that we cannot compute. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  const hasher = hasherFor(digest);
  hasher.update(bytes);
  return hasher.digest() === digest;
}

/** A running hash. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Digest;
  /** An independent copy that continues from the current state. */
  copy(): Hasher;
}

/**
 * A hasher for content that should have this digest. Throws a format error for an algorithm that we
 * cannot compute.
 */
export function hasherFor(digest: Digest): Hasher {
  if (!registered.test(digest)) {
    throw new FormatError(`cannot verify ${digest}: only sha256 and sha512 are supported`);
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
