import type { ByteName } from "../tree/tree.ts";
import type { FileStat } from "../tree/walk.ts";
import type { Compression } from "../packs/pack-types.ts";

/** Reads small files into a buffer, one after the other, and hashes them. */
export interface ReadFiles {
  readonly kind: "read-files";
  readonly buffer: ArrayBuffer;
  readonly files: readonly { readonly file: ByteName; readonly stat: FileStat }[];
}

/** Reads a part of a large file from where a chunk begins, and cuts it into chunks. */
export interface ReadPart {
  readonly kind: "read-part";
  readonly buffer: ArrayBuffer;
  readonly file: ByteName;
  readonly stat: FileStat;
  readonly offset: number;
}

/** Why a file could not be read: it is not what it was when it was found, or the system's code. */
export interface Failure {
  readonly failed: string;
}

/** A chunk in the buffer. */
export interface ReadChunk {
  readonly start: number;
  readonly length: number;
  readonly digest: string;
  readonly isCompressible: boolean;
}

export interface ReadResult {
  readonly buffer: ArrayBuffer;
  /** For each file its chunk, none if it is empty; of a part, all its chunks. */
  readonly files: readonly (readonly ReadChunk[] | Failure)[];
}

/** Compresses a pack and hashes the result. */
export interface CompressPack {
  readonly kind: "compress";
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isCompressible: boolean;
}

export interface CompressResult {
  /** The buffer of the bytes that were compressed. */
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly compression: Compression;
  readonly digest: string;
}

/** Where a chunk is written to. */
export interface Destination {
  readonly file: ByteName;
  /** Where in the file; undefined: the chunk is the whole file, which is made. */
  readonly offset?: number;
  readonly isSparse: boolean;
  /** Of a whole file. */
  readonly mode: number;
  readonly mtime: number;
}

/** Expands a pack, checks chunks of it, and writes them. */
export interface UnpackPack {
  readonly kind: "unpack";
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly compression: Compression;
  /** Bytes, uncompressed. */
  readonly size: number;
  readonly chunks: readonly {
    readonly start: number;
    readonly length: number;
    readonly digest: string;
    readonly to: readonly Destination[];
  }[];
}

export interface UnpackResult {
  /** The buffer of the pack's bytes. */
  readonly buffer: ArrayBuffer;
  /** Chunks that do not match their digest; nothing of the pack was written then. */
  readonly damaged: readonly string[];
  /** Why the pack cannot be expanded. */
  readonly problem?: string;
}

export type Task = ReadFiles | ReadPart | CompressPack | UnpackPack;
export type ResultOf<One extends Task> = One extends ReadFiles | ReadPart
  ? ReadResult
  : One extends CompressPack
    ? CompressResult
    : UnpackResult;
export type Result = ReadResult | CompressResult | UnpackResult;
