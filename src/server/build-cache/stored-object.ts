import type { Readable } from "node:stream";

/** An object of a build cache. */
export interface StoredObject {
  /** With `/`. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** When it was written or last used. */
  readonly mtimeMs: number;
  /** Of its content, in hexadecimal; undefined if that is not known. */
  readonly sha256?: string | undefined;
  /** The file that has it; undefined if only the origin does. */
  readonly file?: string | undefined;
}

/** Where objects come from that are not on this machine: each is fetched when it is asked for. */
export interface Origin {
  readonly objects: Iterable<StoredObject>;
  /** A part of an object's content, checked; undefined if it cannot be had now. */
  read(path: string, start: number, length: number): Promise<Readable | undefined>;
  /** Whether an object is lost for good. */
  isLost(path: string): boolean;
  /** Called when more is written here: deletes what was fetched and has no room any more. */
  trim(): void;
}

/** An object, opened. */
export interface OpenObject {
  /** In bytes. */
  readonly size: number;
  /** A part of it; undefined if it cannot be had. What is replaced meanwhile stays as it was. */
  read(start: number, length: number): Promise<Readable | undefined>;
}
