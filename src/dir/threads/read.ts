import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { isUnchanged } from "../known/known-files.ts";
import { cutChunk } from "../chunks/cut.ts";
import { isCompressible } from "../chunks/compressible.ts";
import { systemCodeOf } from "../../errors.ts";
import { bytesOf, type FileStat } from "../tree/walk.ts";
import { hashOf } from "./hash.ts";
import type { Failure, ReadChunk, ReadFiles, ReadPart, ReadResult } from "./tasks.ts";

/**
 * What was a file may be a link or a named pipe by now, which would lead elsewhere or wait. Windows
 * does not have the flags; undefined counts as 0 here.
 */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export const changed = "changed";

/** Reading in the thread that hashes, into one buffer, is seven times as fast as promises. */
export function readFiles({ buffer, files }: ReadFiles): ReadResult {
  const bytes = new Uint8Array(buffer);
  let start = 0;
  const read = files.map(({ file, stat }): readonly ReadChunk[] | Failure => {
    const failure = readAt(bytes.subarray(start, start + stat.size), { file, stat, offset: 0 });
    if (failure !== undefined) return failure;
    if (stat.size === 0) return [];
    const chunk = chunkOf(bytes, start, start + stat.size);
    start += stat.size;
    return [chunk];
  });
  return { buffer, files: read };
}

/** Chunks that are whole in the buffer; the next part begins behind them. */
export function readPart({ buffer, file, stat, offset }: ReadPart): ReadResult {
  const end = Math.min(buffer.byteLength, stat.size - offset);
  const bytes = new Uint8Array(buffer, 0, end);
  const failure = readAt(bytes, { file, stat, offset });
  if (failure !== undefined) return { buffer, files: [failure] };
  const isLast = offset + end === stat.size;
  const chunks: ReadChunk[] = [];
  for (let start = 0; start < end; ) {
    const next = cutChunk(bytes, { start, end, isLast });
    if (next === undefined) break;
    chunks.push(chunkOf(bytes, start, next));
    start = next;
  }
  return { buffer, files: [chunks] };
}

interface Place {
  readonly file: string;
  readonly stat: FileStat;
  readonly offset: number;
}

/** Fills the bytes. A file that is not any more what it was when it was found is not read. */
function readAt(bytes: Uint8Array, { file, stat, offset }: Place): Failure | undefined {
  let opened: number | undefined;
  try {
    opened = openSync(bytesOf(file), flags);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(opened, bytes, at, bytes.length - at, offset + at);
      if (read === 0) return { failed: changed };
      at += read;
    }
    return isUnchanged(stat, fstatSync(opened)) ? undefined : { failed: changed };
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    return { failed: code };
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function chunkOf(bytes: Uint8Array, start: number, end: number): ReadChunk {
  const chunk = bytes.subarray(start, end);
  const length = end - start;
  return { start, length, digest: hashOf(chunk), isCompressible: isCompressible(chunk) };
}
