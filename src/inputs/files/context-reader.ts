import { type EntryContent } from "./content-memory.ts";
import { createHash, hash } from "node:crypto";
import {
  closeSync,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";
import type { CountedContent } from "../filters/content-filter.ts";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";
import { type ContentMemory, createContentMemory } from "./content-memory.ts";
import { type FileStats, fileStatsOf, hasSetTime } from "./file-stats.ts";

/** One entry of a context, as BuildKit's client would send it. */
export interface ContextEntry extends EntryContent {
  /** Relative to the context, with `/`. */
  readonly path: string;
  /** Of a filtered file; not hashed. */
  readonly additions?: CountedContent["additions"];
}

/**
 * Reads folders and files, each once. Assumes that files do not change while it is in use. Content
 * that the memory has and that did not change since is not read again.
 */
export interface ContextReader {
  /** Sorted by the names' bytes. */
  list(folder: string): readonly Dirent[];
  /** Its state at the first request; links are not followed. */
  stat(file: string): FileStats;
  read(file: string): EntryContent;
}

/** Files up to this size are read at once, into a reused buffer. */
const bufferSize = 1 << 20;

/** Reads synchronously, which is three times faster than promises for trees of small files. */
export function createContextReader(memory: ContentMemory = createContentMemory()): ContextReader {
  const buffer = Buffer.allocUnsafeSlow(bufferSize);
  const listings = new Map<string, readonly Dirent[]>();
  const contents = new Map<string, EntryContent>();
  const stats = new Map<string, FileStats>();
  const stat = (file: string): FileStats => {
    const known =
      stats.get(file) ?? attempt(file, () => fileStatsOf(lstatSync(file, { bigint: true })));
    stats.set(file, known);
    return known;
  };
  return {
    stat,
    list: (folder) => {
      const known = listings.get(folder);
      if (known !== undefined) return known;
      const listed = attempt(folder, () => readdirSync(folder, { withFileTypes: true }));
      const sorted = inNameOrder(listed);
      memory.listed(
        folder,
        sorted.map(({ name }) => name),
      );
      listings.set(folder, sorted);
      return sorted;
    },
    read: (file) => {
      const known = contents.get(file);
      if (known !== undefined) return known;
      const seen = stat(file);
      const read = memory.recall(file, seen) ?? readAnew(file, seen);
      contents.set(file, read);
      return read;
    },
  };

  function readAnew(file: string, seen: FileStats): EntryContent {
    const { content, at } = attempt(file, () =>
      seen.type === "file"
        ? readContent(file, buffer)
        : { content: describe(file, seen), at: seen },
    );
    memory.remember(file, at, content);
    return content;
  }
}

/** Throws a usage error if a context is not a folder. */
export function requireFolder(root: string): void {
  if (!attempt(root, () => statSync(root)).isDirectory()) {
    throw new UsageError(`the build context ${root} is not a folder`);
  }
}

function describe(file: string, { type, mode, device }: FileStats): EntryContent {
  switch (type) {
    case "link":
      // A link's own permissions differ between systems, and have no meaning.
      return { type, mode: 0o777, content: readlinkSync(file), size: 0 };
    case "socket":
      // BuildKit's client clears the socket bit (fsutil: stat.go): it arrives as a file.
      return { type: "file", mode, content: hash("sha256", ""), size: 0 };
    default:
      return { type, mode, content: device, size: 0 };
  }
}

/** A file, and its state right before it was read. */
function readContent(
  file: string,
  buffer: Buffer,
): { readonly content: EntryContent; readonly at: FileStats } {
  const fd = openSync(file, "r");
  try {
    const at = fileStatsOf(fstatSync(fd, { bigint: true }));
    const hashed = hashOpen(fd, buffer, at.size);
    const content = { type: "file", mode: at.mode, ...hashed } as const;
    if (!hasSetTime(at)) return { content, at };
    return { content: { ...content, settled: `${at.mtime} ${hashed.content}` }, at };
  } finally {
    closeSync(fd);
  }
}

/** The sha256 of an open file with `expected` bytes left. */
function hashOpen(
  fd: number,
  buffer: Buffer,
  expected: number,
): { readonly content: string; readonly size: number } {
  const first = readFull(fd, buffer, expected);
  if (first < buffer.length) {
    return { content: hash("sha256", buffer.subarray(0, first)), size: first };
  }
  const running = createHash("sha256").update(buffer);
  let size = first;
  for (let read = readFull(fd, buffer); read > 0; read = readFull(fd, buffer)) {
    running.update(buffer.subarray(0, read));
    size += read;
  }
  return { content: running.digest("hex"), size };
}

/**
 * Fills the buffer; a result below its length means the file's end, which is not checked again if
 * `size` shows that it is reached.
 */
function readFull(fd: number, buffer: Buffer, size?: number): number {
  let filled = 0;
  while (filled < buffer.length && filled !== size) {
    const read = readSync(fd, buffer, filled, buffer.length - filled, null);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

function inNameOrder(listed: Dirent[]): readonly Dirent[] {
  if (!listed.some(({ name }) => /[\uD800-\uFFFF]/.test(name))) {
    return listed.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  return listed.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (file.includes("\u{fffd}") && systemCodeOf(cause) === "ENOENT") {
      throw new UsageError(`${file} in the build context has a name that is not valid UTF-8`, {
        cause,
        hint: "rename it, or exclude it with .dockerignore: BuildKit rejects such names",
      });
    }
    throw new UsageError(`${file} in the build context cannot be read: ${messageOf(cause)}`, {
      cause,
      hint: "exclude it with .dockerignore, or avoid changing the context while Layerkeep reads it",
    });
  }
}
