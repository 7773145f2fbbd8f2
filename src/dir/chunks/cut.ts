import { createHash } from "node:crypto";

/** Files up to this size are one chunk. Bytes. */
export const largestWhole = 2 << 20;
/** Of the chunks of larger files. Bytes. */
const smallest = 16 << 10;
const average = 64 << 10;
export const largestChunk = 256 << 10;

/**
 * Below the average size a cut is less likely, above it more, so that most chunks are of about that
 * size (FastCDC: Xia et al., USENIX ATC 2016, "normalized chunking").
 */
const maskBelow = 0xffffc000 | 0;
const maskAbove = 0xfffc0000 | 0;

/** A random number for each byte. It is part of the format: with another one, nothing is reused. */
const gear = gearTable();

/**
 * Where the chunk that begins at `start` ends. The end depends only on the bytes of the chunk, so
 * that an insertion changes the chunks around it and no others. Undefined if the chunk may go on
 * behind `end`.
 */
export function cutChunk(
  bytes: Uint8Array,
  {
    start,
    end,
    isLast,
  }: { readonly start: number; readonly end: number; readonly isLast: boolean },
): number | undefined {
  const most = Math.min(end, start + largestChunk);
  const middle = Math.min(most, start + average);
  let hash = 0;
  let at = Math.min(most, start + smallest);
  for (; at < middle; at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & maskBelow) === 0) return at + 1;
  }
  for (; at < most; at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & maskAbove) === 0) return at + 1;
  }
  return isLast || most === start + largestChunk ? most : undefined;
}

function gearTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    table[byte] = createHash("sha256").update(`layerkeep-gear-${byte}`).digest().readInt32BE(0);
  }
  return table;
}
