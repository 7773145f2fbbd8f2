/**
 * A name or path as the file system has it: each character is one byte, so that names that are not
 * UTF-8 are kept, and sorting by characters is sorting by bytes.
 */
export type ByteName = string;

/** A piece of a file: what it hashes to, in hexadecimal, and its length in bytes. */
export interface Chunk {
  readonly digest: string;
  readonly length: number;
}

interface CommonEntry {
  /** The number of the saved path that it belongs to, and the path in it: `0`, `0/lib/a.js`. */
  readonly path: ByteName;
  /** Permission bits, setuid, setgid and sticky included. */
  readonly mode: number;
  /** Microseconds since 1970. */
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
}

interface FolderEntry extends CommonEntry {
  readonly kind: "folder";
}

export interface FileEntry extends CommonEntry {
  readonly kind: "file";
  readonly size: number;
  /** Whether runs of zeros need no space on the disk. */
  readonly isSparse: boolean;
  /** Numbers of chunks, counted through all packs in order. */
  readonly chunks: readonly number[];
}

interface SymlinkEntry extends CommonEntry {
  readonly kind: "symlink";
  readonly target: ByteName;
}

/** Another name of a file that comes before it. */
interface HardLinkEntry extends CommonEntry {
  readonly kind: "hardlink";
  /** The file's path. */
  readonly to: ByteName;
}

export type Entry = FolderEntry | FileEntry | SymlinkEntry | HardLinkEntry;

/** Everything that a cache contains, but the bytes of the files. */
export interface Tree {
  /** The saved paths, as they were named, for people. */
  readonly roots: readonly string[];
  /** The chunks of each pack, in the order of the manifest's layers. */
  readonly packs: readonly (readonly Chunk[])[];
  /** Sorted by path. */
  readonly entries: readonly Entry[];
}

/** Of a path: `0` of `0/lib/a.js`. */
export function rootOf(path: ByteName): number {
  return Number.parseInt(path, 10);
}

/** A byte name as text for people; what is not UTF-8 in it is replaced. */
export function readable(name: ByteName): string {
  return Buffer.from(name, "latin1").toString("utf8");
}

/** What a cache contains, counted. */
export function countTree({ entries }: Pick<Tree, "entries">): {
  readonly files: number;
  readonly bytes: number;
} {
  let files = 0;
  let bytes = 0;
  for (const entry of entries) {
    if (entry.kind === "folder") continue;
    files += 1;
    if (entry.kind === "file") bytes += entry.size;
  }
  return { files, bytes };
}
