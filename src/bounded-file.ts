import { open } from "node:fs/promises";
import { messageOf, systemCodeOf } from "./errors.ts";

/** A file's bytes, at most one more than `limit` whatever its reported size. */
export async function readBounded(file: string, limit: number): Promise<Uint8Array> {
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
}

/** Why a file cannot be read, in a user's words: `permission denied`. */
export function whyUnreadable(cause: unknown): string {
  switch (systemCodeOf(cause)) {
    case "ENOENT":
      return "no such file";
    case "EISDIR":
      return "it is a folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return messageOf(cause);
  }
}
