import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemCodeOf } from "../../src/errors.ts";

/** A file system of its own, so small that it can be filled. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Takes all that is left, to the last block, with a file beside the registry's. */
  fill(): void;
  /** Deletes that file. */
  drain(): void;
}

/** Linux alone has these file systems. Mounting takes root, which is what the tests run as there. */
export const canMount = process.platform === "linux";

/** A disk in memory. */
export async function tmpfs(mebibytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), "layerkeep-full-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", path]);
  return diskAt(path, () => Promise.resolve());
}

/** A file that is mounted; without blocks that root alone may use. */
export async function ext4(mebibytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), "layerkeep-full-"));
  const image = `${path}.img`;
  closeSync(openSync(image, "wx"));
  truncateSync(image, mebibytes << 20);
  execFileSync("mkfs.ext4", ["-q", "-m", "0", image]);
  execFileSync("mount", ["-o", "loop", image, path]);
  return diskAt(path, () => rm(image));
}

function diskAt(path: string, discard: () => Promise<void>): SmallDisk {
  const filler = join(path, "filler");
  return {
    path,
    fill: () => fill(filler),
    drain: () => rmSync(filler, { force: true }),
    [Symbol.asyncDispose]: async () => {
      execFileSync("umount", [path]);
      await rm(path, { recursive: true });
      await discard();
    },
  };
}

function fill(path: string): void {
  const file = openSync(path, "a");
  try {
    for (const size of [1 << 20, 64 << 10, 4 << 10, 512, 1]) {
      const chunk = Buffer.alloc(size, "x");
      while (hasWritten(file, chunk));
    }
  } finally {
    closeSync(file);
  }
}

function hasWritten(file: number, chunk: Buffer): boolean {
  try {
    writeSync(file, chunk);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOSPC") return false;
    throw error;
  }
}
