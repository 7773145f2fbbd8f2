import type { Readable } from "node:stream";

/** An entry of the service: immutable content under a key, in a ref's scope. */
export interface Entry {
  readonly id: string;
  readonly ref: string;
  readonly key: string;
  readonly version: string;
  /** Increases with each finished entry. */
  readonly number: number;
  /** In bytes. */
  readonly size: number;
}

/** What an entry is found by. */
export type EntryName = Pick<Entry, "ref" | "key" | "version">;

/** Content that arrived, and belongs to no entry yet. */
export interface Piece {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  /** Of the content, in hexadecimal, if the store wants to know. */
  readonly sha256?: string;
}

/** The content of an entry, opened. */
export interface OpenEntry {
  /** In bytes. */
  readonly size: number;
  /** A part of it; undefined if it cannot be read any more. */
  read(start: number, length: number): Promise<Readable | undefined>;
}

/** Where entries are kept. */
export interface EntryStore {
  /** All finished entries. */
  list(): Iterable<Entry>;
  /** Receives content, or a part of some. Keeps nothing if it throws. */
  receive(body: AsyncIterable<Uint8Array>): Promise<Piece>;
  /** Joins pieces to one, and discards them. */
  join(pieces: readonly Piece[]): Promise<Piece>;
  discard(piece: Piece): Promise<void>;
  /** Keeps a piece as the content of an entry. */
  keep(entry: Entry, piece: Piece): Promise<void>;
  /** Undefined if there is no such entry any more. */
  open(id: string): Promise<OpenEntry | undefined>;
}
