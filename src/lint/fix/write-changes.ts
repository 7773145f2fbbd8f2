import { randomUUID } from "node:crypto";
import { chmod, chown, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { whyUnusable } from "../../bounded-file.ts";
import { UsageError } from "../../errors.ts";
import type { Change } from "./fix-input.ts";

/**
 * Writes changed files, each at once: a reader sees the old text or the new one. A file's mode and
 * owner stay, and so does a link to it. Throws a usage error if a file cannot be written, or is no
 * longer what was linted.
 */
export async function writeChanges(root: string, changes: readonly Change[]): Promise<void> {
  for (const { path, before, after } of changes) {
    try {
      await replace(await realpath(join(root, path)), before, after);
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      throw new UsageError(`cannot write ${path}: ${whyUnusable(cause)}`, { cause });
    }
  }
}

async function replace(file: string, before: string, after: string): Promise<void> {
  const [bytes, stats] = await Promise.all([readFile(file), stat(file)]);
  // The decoder removes a byte order mark, which is to stay.
  if (new TextDecoder().decode(bytes) !== before) {
    throw new UsageError(`${file} was not fixed because another program changed it`, {
      hint: "run the command again",
    });
  }
  const mark = bytes.subarray(0, 3).equals(byteOrderMark) ? byteOrderMark : Buffer.alloc(0);
  const fresh = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    await write(fresh, Buffer.concat([mark, Buffer.from(after)]));
    await chmod(fresh, stats.mode & 0o7777);
    await chown(fresh, stats.uid, stats.gid).catch(() => undefined);
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
