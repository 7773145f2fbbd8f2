import { closeSync, constants, fchmodSync, futimesSync, openSync, writeSync } from "node:fs";
import type { Codec } from "../packs/codec.ts";
import { messageOf } from "../../errors.ts";
import { release } from "../packs/release.ts";
import { secondsOf } from "../tree/times.ts";
import { bytesOf } from "../tree/walk.ts";
import { hashOf } from "./hash.ts";
import type { Destination, UnpackPack, UnpackResult } from "./tasks.ts";

/** Undefined on Windows, which counts as 0 here. */
const { O_NOFOLLOW } = constants;
const creating = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | O_NOFOLLOW;
const continuing = constants.O_WRONLY | O_NOFOLLOW;
/** The smallest hole that file systems keep. */
const holeBytes = 4096;

/** Checks all chunks first, so that nothing of a damaged pack is written. */
export function unpack(
  { bytes, compression, size, chunks }: UnpackPack,
  codec: Codec,
): UnpackResult {
  const { buffer } = bytes;
  let expanded: Uint8Array;
  try {
    expanded = codec.expand(bytes, compression, size);
  } catch (error) {
    return { buffer, damaged: [], problem: messageOf(error) };
  }
  try {
    return { buffer, damaged: writeChunks(chunks, expanded) };
  } finally {
    if (expanded.buffer !== buffer) release(expanded);
  }
}

/** Returns the digests of damaged chunks; if there are any, nothing was written. */
function writeChunks(chunks: UnpackPack["chunks"], expanded: Uint8Array): readonly string[] {
  const partOf = ({ start, length }: { start: number; length: number }): Uint8Array =>
    expanded.subarray(start, start + length);
  const damaged = chunks.filter((chunk) => hashOf(partOf(chunk)) !== chunk.digest);
  if (damaged.length > 0) return damaged.map(({ digest }) => digest);
  const open = new OpenFile();
  try {
    for (const chunk of chunks) {
      for (const to of chunk.to) {
        if (to.offset === undefined) writeWhole(partOf(chunk), to);
        else writeBytes(open.of(to.file), partOf(chunk), to.offset, to.isSparse);
      }
    }
  } finally {
    open.close();
  }
  return [];
}

function writeWhole(bytes: Uint8Array, { file, mode, mtime, isSparse }: Destination): void {
  const opened = openSync(bytesOf(file), creating, 0o600);
  try {
    writeBytes(opened, bytes, 0, isSparse);
    fchmodSync(opened, mode);
    futimesSync(opened, secondsOf(mtime), secondsOf(mtime));
  } finally {
    closeSync(opened);
  }
}

/** Writes all bytes; of a sparse file, not those of whole blocks of zeros. */
function writeBytes(opened: number, bytes: Uint8Array, offset: number, isSparse: boolean): void {
  const step = isSparse ? holeBytes : Math.max(bytes.length, 1);
  for (let start = 0; start < bytes.length; start += step) {
    const part = bytes.subarray(start, Math.min(start + step, bytes.length));
    if (isSparse && part.every((byte) => byte === 0)) continue;
    for (let at = 0; at < part.length; ) {
      at += writeSync(opened, part, at, part.length - at, offset + start + at);
    }
  }
}

/** Chunks of one file mostly follow each other. */
class OpenFile {
  #file: string | undefined;
  #opened: number | undefined;

  of(file: string): number {
    if (this.#opened === undefined || this.#file !== file) {
      this.close();
      this.#opened = openSync(bytesOf(file), continuing);
      this.#file = file;
    }
    return this.#opened;
  }

  close(): void {
    if (this.#opened !== undefined) closeSync(this.#opened);
    this.#opened = undefined;
  }
}
