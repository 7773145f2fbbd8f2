import { randomUUID } from "node:crypto";
import type { Entry, EntryStore, OpenEntry, Piece } from "../github-cache/entry.ts";
import { readPieces } from "../github-cache/pieces.ts";
import { entryPath, parseEntryPath } from "./entry-path.ts";
import type { Objects } from "./objects.ts";

/** All entries belong to one ref: who may use the build cache may use all of it. */
export const entriesRef = "refs/layerkeep/dir-serve";

/** The entries of GitHub's cache service as objects of a build cache. */
export class ObjectEntries implements EntryStore {
  readonly #objects: Objects;
  readonly #paths = new Map<string, string>();
  readonly #entries = new Map<string, Entry>();

  constructor(objects: Objects) {
    this.#objects = objects;
    for (const { path, size } of objects.all()) {
      const found = parseEntryPath(path);
      if (found !== undefined)
        this.#add(path, { id: randomUUID(), ref: entriesRef, size, ...found });
    }
  }

  /** Without those that were dropped to make room. */
  *list(): Iterable<Entry> {
    for (const [path, entry] of this.#entries) {
      if (this.#objects.find(path) !== undefined) yield entry;
      else this.#forget(path, entry.id);
    }
  }

  receive(body: AsyncIterable<Uint8Array>): Promise<Piece> {
    return this.#objects.receive(body);
  }

  join(pieces: readonly Piece[]): Promise<Piece> {
    return this.receive(readPieces(pieces, (piece) => this.#objects.discard(piece)));
  }

  discard(piece: Piece): Promise<void> {
    this.#objects.discard(piece);
    return Promise.resolve();
  }

  keep(entry: Entry, piece: Piece): Promise<void> {
    const path = entryPath(entry);
    this.#objects.keep(path, piece);
    this.#add(path, entry);
    return Promise.resolve();
  }

  open(id: string): Promise<OpenEntry | undefined> {
    const path = this.#paths.get(id);
    return Promise.resolve(path === undefined ? undefined : this.#objects.open(path));
  }

  #add(path: string, entry: Entry): void {
    this.#paths.set(entry.id, path);
    this.#entries.set(path, entry);
  }

  #forget(path: string, id: string): void {
    this.#paths.delete(id);
    this.#entries.delete(path);
  }
}
