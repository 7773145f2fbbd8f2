import { stat } from "node:fs/promises";
import { UsageError } from "../../errors.ts";
import { readBounded, whyUnusable } from "../../bounded-file.ts";

/**
 * The text of a file of at most `limit` bytes. Throws a usage error about the file, without its
 * name.
 */
export async function readText(file: string, limit: number): Promise<string> {
  const bytes = await readBytes(file, limit);
  if (bytes.length > limit) {
    throw new UsageError(`the file is larger than ${limit / (1 << 20)} MiB`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError("the file is not UTF-8 text", { cause });
  }
}

async function readBytes(file: string, limit: number): Promise<Uint8Array> {
  try {
    // Opening a pipe would block until something writes to it.
    if ((await stat(file)).isFIFO()) throw new Error("it is a pipe");
    return await readBounded(file, limit);
  } catch (cause) {
    throw new UsageError(`cannot be read: ${whyUnusable(cause)}`, { cause });
  }
}
