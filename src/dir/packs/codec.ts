import * as zlib from "node:zlib";
import { count } from "../../count.ts";
import { FormatError } from "../../errors.ts";
import type { Compression } from "./pack-types.ts";
import { zstdContentSize } from "./zstd-size.ts";

/** Fast: a cache is written more often than it must be small. */
const zstdLevel = 1;

/** Compresses and expands whole packs. */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Throws a format error if it is not compressed like that, or has not this size uncompressed. */
  expand(bytes: Uint8Array, compression: Compression, size: number): Uint8Array;
}

interface Zstd {
  compress(bytes: Uint8Array): Uint8Array;
  expand(bytes: Uint8Array, size: number): Uint8Array;
}

/** The module has one memory: to start it again would change it under who uses it. */
let webAssembly: Promise<Zstd> | undefined;

/** Loads zstd: Node's own from 22.15 on, before that one in WebAssembly. */
export async function openCodec(): Promise<Codec> {
  const zstd = nodesOwn() ?? (await (webAssembly ??= inWebAssembly()));
  return {
    compress: (bytes) => owned(zstd.compress(bytes)),
    expand(bytes, compression, size) {
      const expanded = expandBy(zstd, bytes, compression, size);
      if (expanded.length === size) return expanded;
      throw new FormatError(`it has ${count(expanded.length, "byte")}, not ${size}`);
    },
  };
}

function expandBy(
  zstd: Zstd,
  bytes: Uint8Array,
  compression: Compression,
  size: number,
): Uint8Array {
  if (compression === "none") return bytes;
  try {
    if (compression === "gzip") return zlib.gunzipSync(bytes, { maxOutputLength: size + 1 });
    // The memory for what a frame says is taken at once.
    if (zstdContentSize(bytes) !== size)
      throw new FormatError(`it does not have ${count(size, "byte")}`);
    return zstd.expand(bytes, size);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(`it is not compressed with ${compression}`, { cause });
  }
}

/** The types of Node 20 do not have it. */
function nodesOwn(): Zstd | undefined {
  const compress: unknown = Reflect.get(zlib, "zstdCompressSync");
  const expand: unknown = Reflect.get(zlib, "zstdDecompressSync");
  const level: unknown = Reflect.get(zlib.constants, "ZSTD_c_compressionLevel");
  if (!isOneShot(compress) || !isOneShot(expand)) return undefined;
  const bytesOf = (value: unknown): Uint8Array => {
    if (value instanceof Uint8Array) return value;
    throw new TypeError("zstd gave no bytes");
  };
  const options = { params: { [String(level)]: zstdLevel } };
  return {
    compress: (bytes) => bytesOf(compress(bytes, { ...options, pledgedSrcSize: bytes.length })),
    expand: (bytes, size) => {
      // With room for all of it, it is expanded at once; by default, in pieces of 16 KiB.
      const chunkSize = Math.max(zlib.constants.Z_MIN_CHUNK, size + 1);
      return bytesOf(expand(bytes, { maxOutputLength: size + 1, chunkSize }));
    },
  };
}

type OneShot = (bytes: Uint8Array, options: object) => unknown;

function isOneShot(value: unknown): value is OneShot {
  return typeof value === "function";
}

async function inWebAssembly(): Promise<Zstd> {
  const { init, compress, decompress } = await import("@bokuweb/zstd-wasm");
  await init();
  return {
    compress: (bytes) => compress(bytes, zstdLevel),
    expand: (bytes) => decompress(bytes),
  };
}

/** In a buffer of its own, which can be sent to another thread. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
