import { FormatError } from "../../errors.ts";
import { ByteReader } from "./bytes.ts";
import { kinds, sparseFlag, treeMagic } from "./encode.ts";
import { type ByteName, type Chunk, type Entry, readable, type Tree } from "./tree.ts";

/** No pack and no chunk that we write is larger. Bytes. */
export const largestPack = 16 << 20;
/** PATH_MAX of Linux. */
const longestPath = 4096;
const longestName = 255;

/**
 * Parses an encoded tree, which may come from anybody. Each path is in a folder of the tree, so that
 * none can lead out of it, whatever links the tree has. Throws a format error if it is not a tree.
 */
export function parseTree(bytes: Uint8Array): Tree {
  const reader = new ByteReader(bytes);
  if (reader.raw(treeMagic.length).toString("latin1") !== treeMagic) {
    throw new FormatError("it is not the list of files of a directory cache");
  }
  const roots = Array.from({ length: reader.count() }, () =>
    Buffer.from(reader.text(), "latin1").toString("utf8"),
  );
  const packs = Array.from({ length: reader.count() }, () => readPack(reader));
  const lengths = packs.flatMap((pack) => pack.map(({ length }) => length));
  const check = new Checker(roots.length);
  const entries: Entry[] = [];
  let [previous, next] = ["", 0];
  for (let left = reader.count(); left > 0; left--) {
    const shared = reader.number();
    if (shared > previous.length) throw new FormatError("a path is too short");
    const path = previous.slice(0, shared) + reader.text();
    const { entry, last } = readEntry(reader, path, next, lengths);
    check.add(entry);
    entries.push(entry);
    [previous, next] = [path, last];
  }
  reader.end();
  check.finish();
  return { roots, packs, entries };
}

function readPack(reader: ByteReader): readonly Chunk[] {
  let total = 0;
  return Array.from({ length: reader.count() }, () => {
    const digest = reader.raw(32).toString("hex");
    const length = reader.number();
    total += length;
    if (length === 0 || total > largestPack) throw new FormatError("a pack is too large");
    return { digest, length };
  });
}

function readEntry(
  reader: ByteReader,
  path: ByteName,
  first: number,
  lengths: readonly number[],
): { readonly entry: Entry; readonly last: number } {
  const type = reader.number();
  const isSparse = (type & sparseFlag) !== 0;
  const kind = kinds[isSparse ? type - sparseFlag : type];
  if (kind === undefined || (isSparse && kind !== "file")) {
    throw new FormatError(`${readable(path)} is of an unknown kind`);
  }
  const mode = reader.number();
  if (mode > 0o7777) throw new FormatError(`${readable(path)} has an unknown mode`);
  const common = { path, mode, mtime: reader.signed(), uid: reader.number(), gid: reader.number() };
  if (kind === "folder") return { entry: { ...common, kind }, last: first };
  if (kind === "symlink") {
    return { entry: { ...common, kind, target: linkTarget(reader.text(), path) }, last: first };
  }
  if (kind === "hardlink") return { entry: { ...common, kind, to: reader.text() }, last: first };
  const size = reader.number();
  let [next, sum] = [first, 0];
  const chunks = Array.from({ length: reader.count() }, () => {
    const chunk = next + reader.signed();
    const length = lengths[chunk];
    if (length === undefined) throw new FormatError(`${readable(path)} has an unknown chunk`);
    sum += length;
    next = chunk + 1;
    return chunk;
  });
  if (sum !== size) throw new FormatError(`${readable(path)} has another size than its chunks`);
  return { entry: { ...common, kind, size, isSparse, chunks }, last: next };
}

function linkTarget(target: ByteName, path: ByteName): ByteName {
  if (target !== "" && target.length < longestPath && !target.includes("\0")) return target;
  throw new FormatError(`the link ${readable(path)} has no valid target`);
}

/** Compares each entry with those before it. */
class Checker {
  readonly #roots: number;
  readonly #folders = new Set<ByteName>();
  readonly #files = new Set<ByteName>();
  #seenRoots = 0;
  #previous = "";

  constructor(roots: number) {
    this.#roots = roots;
  }

  add(entry: Entry): void {
    const { path, kind } = entry;
    if (path <= this.#previous) throw new FormatError(`${readable(path)} is not in order`);
    this.#previous = path;
    const slash = path.lastIndexOf("/");
    if (slash < 0) this.#addRoot(path);
    else if (!this.#folders.has(path.slice(0, slash)) || !isName(path.slice(slash + 1))) {
      throw new FormatError(`${readable(path)} is not a path in the cache`);
    }
    if (path.length > longestPath) throw new FormatError(`${readable(path)} is too long`);
    if (kind === "folder") this.#folders.add(path);
    if (kind === "file") this.#files.add(path);
    if (kind === "hardlink" && !this.#files.has(entry.to)) {
      throw new FormatError(`the link ${readable(path)} is to a file that the cache does not have`);
    }
  }

  finish(): void {
    if (this.#seenRoots !== this.#roots) throw new FormatError("a saved path is missing");
  }

  #addRoot(path: ByteName): void {
    this.#seenRoots += 1;
    const isKnown = /^(?:0|[1-9][0-9]{0,5})$/.test(path) && Number(path) < this.#roots;
    if (!isKnown) throw new FormatError(`${readable(path)} is not a path in the cache`);
  }
}

/** Whether it names something in a folder, and nothing else. */
function isName(name: ByteName): boolean {
  if (name === "" || name === "." || name === ".." || name.length > longestName) return false;
  return !name.includes("\0") && !name.includes("/");
}
