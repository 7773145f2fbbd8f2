import { open, stat } from "node:fs/promises";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";

/**
 * The text of a file of at most `limit` bytes. Throws a usage error that says what is wrong with
 * the file, without its name.
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

/** The file's bytes, or one more than are allowed, whatever its size claims to be. */
async function readBytes(file: string, limit: number): Promise<Uint8Array> {
  try {
    // To open a pipe would wait for whoever writes to it.
    if ((await stat(file)).isFIFO()) throw new Error("it is a pipe");
    const handle = await open(file);
    try {
      const buffer = Buffer.alloc(limit + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UsageError(`cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  const code = systemCodeOf(cause);
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES") return "permission denied";
  return messageOf(cause);
}
