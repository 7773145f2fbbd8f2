import { count } from "../../count.ts";
import { Transform } from "node:stream";
import { IntegrityError } from "../../errors.ts";
import { type Digest, hasherFor } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";

/** Passes bytes through, and fails at the end if they do not match the descriptor. */
export function checking(file: string, expected: Descriptor): Transform {
  const hasher = hasherFor(expected.digest);
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      hasher.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      try {
        if (bytes !== expected.size) throw sizeError(file, expected, bytes);
        checkDigest(file, expected, hasher.digest(), bytes);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

/** Throws if content does not match its descriptor. */
export function checkDigest(
  file: string,
  expected: Descriptor,
  actual: Digest,
  bytes: number,
): void {
  if (actual === expected.digest) return;
  throw new IntegrityError({ subject: file, expected: expected.digest, actual, bytes });
}

/** The error for content whose size differs from its descriptor. */
export function sizeError(file: string, expected: Descriptor, bytes: number): IntegrityError {
  const actual = count(bytes, "byte");
  return new IntegrityError({
    subject: file,
    expected: count(expected.size, "byte"),
    actual,
    bytes,
  });
}
