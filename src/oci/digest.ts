import { createHash, type Hash } from "node:crypto";
import { UsageError } from "../errors.ts";

/** `sha256:<64 hex>` or `sha512:<128 hex>`: OCI image spec 1.1, descriptor.md#digests. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether the text is a digest of an algorithm that we can check. */
export function isDigest(text: string): text is Digest {
  return pattern.test(text);
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

/** `sha256` or `sha512`. */
export function algorithmOf(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha256:") ? "sha256" : "sha512";
}

/** The hexadecimal part. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** A running hash. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Digest;
  /** Another that goes on from here by itself. */
  copy(): Hasher;
}

/** A running hash for content that should have this digest. */
export function hasherFor(digest: Digest): Hasher {
  const algorithm = algorithmOf(digest);
  return hasherOf(algorithm, createHash(algorithm));
}

function hasherOf(algorithm: "sha256" | "sha512", hash: Hash): Hasher {
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => `${algorithm}:${hash.digest("hex")}`,
    copy: () => hasherOf(algorithm, hash.copy()),
  };
}
