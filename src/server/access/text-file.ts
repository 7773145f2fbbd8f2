import { open } from "node:fs/promises";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";

/** Bytes. A password file of ten thousand users has less. */
const largest = 1 << 20;

/**
 * A small text file that the operator named. `what` says in messages what it is, such as `the
 * password file`. Throws a usage error that says why it cannot be read.
 */
export async function readTextFile(file: string, what: string): Promise<string> {
  const bytes = await readBytes(file).catch((cause: unknown) => {
    throw unreadable(file, what, reasonOf(cause), cause);
  });
  if (bytes.length > largest) throw unreadable(file, what, "it is larger than 1 MiB");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(file, what, "it is not UTF-8 text", cause);
  }
}

/** The file's bytes, or one more than are allowed, whatever its size claims to be. */
async function readBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(largest + 1);
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
}

function unreadable(file: string, what: string, why: string, cause?: unknown): UsageError {
  return new UsageError(`${what} ${file} cannot be read: ${why}`, { cause });
}

function reasonOf(cause: unknown): string {
  switch (systemCodeOf(cause)) {
    case "ENOENT":
      return "there is no such file";
    case "EISDIR":
      return "it is a folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return messageOf(cause);
  }
}
