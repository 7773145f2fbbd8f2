import { readlinkSync } from "node:fs";
import { systemCodeOf } from "../../errors.ts";
import type { ByteName, Chunk, Entry, Tree } from "../tree/tree.ts";
import { microsecondsOf } from "../tree/times.ts";
import { bytesOf, type FileStat, type Found } from "../tree/walk.ts";

/** A file as it was read. */
export interface ReadFile {
  readonly stat: FileStat;
  readonly chunks: readonly Chunk[];
}

/** A file is sparse if its holes are at least this large together. Bytes. */
const leastHoles = 32 << 10;

/**
 * The entries of a tree. Files that were not read are left out. A file with several names is a file
 * under the first one, and a hard link under the others.
 */
export function makeEntries(
  found: readonly Found[],
  files: ReadonlyMap<ByteName, ReadFile>,
  packs: Tree["packs"],
): readonly Entry[] {
  const numbers = new Map<string, number>();
  let number = 0;
  for (const pack of packs) {
    for (const { digest } of pack) {
      // Two packs may have the same chunk.
      if (!numbers.has(digest)) numbers.set(digest, number);
      number += 1;
    }
  }
  const firstNames = new Map<string, ByteName>();
  return found.flatMap((one): Entry[] => {
    const { path, kind, stat, identity } = one;
    const read = files.get(path);
    const { uid, gid } = stat;
    const mtime = microsecondsOf(read?.stat.mtimeMs ?? stat.mtimeMs);
    const common = { path, mode: stat.mode & 0o7777, mtime, uid, gid };
    if (kind === "folder") return [{ ...common, kind }];
    if (kind === "symlink") {
      const target = targetOf(one);
      return target === undefined ? [] : [{ ...common, mode: 0o777, kind, target }];
    }
    const first = identity === undefined ? undefined : firstNames.get(identity);
    if (first !== undefined) return [{ ...common, kind: "hardlink", to: first }];
    if (read === undefined) return [];
    if (identity !== undefined) firstNames.set(identity, path);
    const { size } = read.stat;
    const isSparse = stat.blocks * 512 + leastHoles < size;
    const chunks = read.chunks.map(({ digest }) => numbers.get(digest) ?? -1);
    return [{ ...common, kind, size, isSparse, chunks }];
  });
}

/** Undefined if it is gone by now. */
function targetOf({ file }: Found): ByteName | undefined {
  try {
    return readlinkSync(bytesOf(file), { encoding: "latin1" });
  } catch (error) {
    if (["ENOENT", "EINVAL"].includes(systemCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}
