import type { ByteName, FileEntry, Tree } from "../tree/tree.ts";
import type { Destination, UnpackPack } from "../threads/tasks.ts";

/** Chunks that a pack has to give, each with where it is written to. */
export type PackWork = UnpackPack["chunks"];

/** What packs have to give for some files. */
export interface PackPlan {
  /** The numbers of the packs. */
  readonly packs: readonly number[];
  /** Of one of the packs. */
  readonly workOf: (pack: number) => PackWork;
}

/**
 * Which packs the files need. What each has to give is only worked out when it is asked for: until
 * then it is three numbers for each chunk, since a cache may have hundreds of thousands of files.
 */
export function planPacks(
  { packs }: Tree,
  files: readonly FileEntry[],
  fileOf: (path: ByteName) => ByteName,
): PackPlan {
  const chunkCount = packs.reduce((sum, chunks) => sum + chunks.length, 0);
  const packOf = new Uint32Array(chunkCount);
  const lengthOf = new Uint32Array(chunkCount);
  const firstOf: number[] = [];
  let next = 0;
  for (const [pack, chunks] of packs.entries()) {
    firstOf.push(next);
    for (const { length } of chunks) {
      packOf[next] = pack;
      lengthOf[next++] = length;
    }
  }
  /** By pack: a chunk, a file, and where in it the chunk begins; and so on. */
  const wanted = new Map<number, number[]>();
  for (const [file, { chunks }] of files.entries()) {
    let offset = 0;
    for (const chunk of chunks) {
      const pack = packOf[chunk] ?? 0;
      const list = wanted.get(pack) ?? [];
      wanted.set(pack, list);
      list.push(chunk, file, offset);
      offset += lengthOf[chunk] ?? 0;
    }
  }
  const workOf = (pack: number): PackWork => {
    const destinations = new Map<number, Destination[]>();
    const list = wanted.get(pack) ?? [];
    for (let at = 0; at < list.length; at += 3) {
      const [chunk = 0, file = 0, offset = 0] = list.slice(at, at + 3);
      const entry = files[file];
      if (entry === undefined) continue;
      const to = destinations.get(chunk) ?? [];
      destinations.set(chunk, to);
      to.push(destinationOf(entry, offset, fileOf));
    }
    let [chunk, start] = [firstOf[pack] ?? 0, 0];
    const work: PackWork[number][] = [];
    for (const { digest, length } of packs[pack] ?? []) {
      const to = destinations.get(chunk++);
      if (to !== undefined) work.push({ start, length, digest, to });
      start += length;
    }
    return work;
  };
  return { packs: [...wanted.keys()], workOf };
}

function destinationOf(
  entry: FileEntry,
  offset: number,
  fileOf: (path: ByteName) => ByteName,
): Destination {
  const { path, isSparse, mtime } = entry;
  const common = { file: fileOf(path), isSparse, mode: entry.mode & 0o777, mtime };
  return isWrittenWhole(entry) ? common : { ...common, offset };
}

/** Whether a file is made by the thread that has its only chunk; holes need the file's size. */
export function isWrittenWhole({ chunks, isSparse }: FileEntry): boolean {
  return chunks.length === 1 && !isSparse;
}
