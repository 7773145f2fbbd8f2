import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import { messageOf, systemCodeOf } from "./errors.ts";

/**
 * A file's bytes, at most one more than `limit` whatever its reported size. `check` is called before
 * anything is read, and what it throws is thrown.
 */
export async function readBounded(
  file: string,
  limit: number,
  check?: (stats: Stats) => void,
): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const stats = await handle.stat();
    check?.(stats);
    // One byte more than reported shows whether there is more; a device reports nothing.
    let buffer = Buffer.alloc(Math.min(stats.size, limit) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length > limit) return buffer.subarray(0, length);
      if (length === buffer.length) buffer = Buffer.concat([buffer], limit + 1);
    }
  } finally {
    await handle.close();
  }
}

/** Why a file cannot be read or written, in a user's words: `permission denied`. */
export function whyUnusable(cause: unknown): string {
  return reasons[systemCodeOf(cause) ?? ""] ?? messageOf(cause);
}

/** What to try if the operating system refuses a file; undefined if there is nothing to say. */
export function hintForUnusable(cause: unknown, path: string): string | undefined {
  switch (systemCodeOf(cause)) {
    case "EACCES":
    case "EPERM":
      return `check the owner and the permissions: ls -ld ${path}`;
    case "EROFS":
      return "choose a writable folder";
    case "EISDIR":
      return "pass the path of a file in it";
    case "ENOSPC":
      return "free some space, or choose a file on another disk";
    default:
      return undefined;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ELOOP: "it is a link to itself",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is not a folder",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};
