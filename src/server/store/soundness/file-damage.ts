import { count } from "../../../count.ts";
import { lstatSync } from "node:fs";
import { open } from "node:fs/promises";
import { systemCodeOf } from "../../../errors.ts";
import { type Digest, hasherFor } from "../../../oci/digest.ts";

/** What is wrong with a blob's file; undefined if it is a regular file of the right length. */
export function damageOf(path: string, size: number): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "it is missing";
  if (!stats.isFile()) return stats.isSymbolicLink() ? "it is a link" : "it is not a file";
  return stats.size === size ? undefined : `it is ${count(stats.size, "byte")} instead of ${size}`;
}

export interface ReadingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Waits after work that took this many milliseconds. */
  readonly pause?: ((spentMs: number) => Promise<void>) | undefined;
}

const chunkBytes = 1 << 20;

/**
 * The same, comparing all of its bytes. Throws the signal's reason if it is aborted, and the
 * system's error if the file cannot be read; but unreadable sectors on the disk count as damage.
 */
export async function damageInFile(
  path: string,
  digest: Digest,
  size: number,
  options: ReadingOptions = {},
): Promise<string | undefined> {
  const why = damageOf(path, size);
  if (why !== undefined) return why;
  try {
    const found = await digestOfFile(path, digest, options);
    return found === digest ? undefined : `its digest is ${found}`;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOENT") return "it is missing";
    if (code === "EIO") return "the disk cannot read it (EIO)";
    throw error;
  }
}

async function digestOfFile(
  path: string,
  expected: Digest,
  { signal, pause }: ReadingOptions,
): Promise<Digest> {
  const file = await open(path, "r");
  try {
    const hasher = hasherFor(expected);
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      signal?.throwIfAborted();
      const started = performance.now();
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return hasher.digest();
      hasher.update(chunk.subarray(0, bytesRead));
      await pause?.(performance.now() - started);
    }
  } finally {
    await file.close();
  }
}
