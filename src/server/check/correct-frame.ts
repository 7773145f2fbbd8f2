import { crc32 } from "node:zlib";
import { FormatError } from "../../errors.ts";
import { hasDigest } from "../../oci/digest.ts";
import { frameEnd, frameHeadBytes, mark } from "../store/journal/frame.ts";
import { type AnyChange, decodeChanges, type ReadRecord } from "../store/journal/records.ts";
import { findFlippedBit } from "./undo-crc.ts";

/** A part of a segment whose bytes are not what was written. */
export interface Damage {
  /** The offset in the file, in bytes. */
  readonly at: number;
  readonly bytes: number;
  readonly why: string;
  /** Exactly one known bit had changed, so nothing is lost. */
  readonly isCorrected: boolean;
  /** Records in this part that nothing verifies; they are kept. */
  readonly doubtful: readonly AnyChange[];
}

/** What is saved of a damaged part. */
export interface Saved {
  readonly damage: Damage;
  readonly pieces: readonly Uint8Array[];
}

/** Corrects a frame with a single wrong bit. */
export function correctFrame(bytes: Buffer, at: number, salt: number): Saved | undefined {
  if (at + frameHeadBytes > bytes.length) return undefined;
  const corrected = (end: number, why: string): Saved => ({
    damage: { at, bytes: end - at, why, isCorrected: true, doubtful: [] },
    pieces: [bytes.subarray(at, end)],
  });
  const own = at + frameHeadBytes + bytes.readUInt32LE(at + 4);
  if (own <= bytes.length && differenceAt(bytes, at, salt) === 0) {
    // The checksum does not cover the mark.
    mark.copy(bytes, at);
    return corrected(own, "its frame marker is wrong");
  }
  const found = findWrongBit(bytes, at, salt);
  if (found === undefined) return undefined;
  flip(bytes, found.offset, found.mask);
  const end = frameEnd(bytes, at, salt);
  if (end !== undefined && hasRightContents(bytes, at, end)) {
    return corrected(end, "one bit is wrong");
  }
  flip(bytes, found.offset, found.mask);
  return undefined;
}

interface Bit {
  readonly offset: number;
  readonly mask: number;
}

function findWrongBit(bytes: Buffer, at: number, salt: number): Bit | undefined {
  const stored = bytes.readUInt32LE(at + 12);
  const length = bytes.readUInt32LE(at + 4);
  if (at + frameHeadBytes + length <= bytes.length) {
    const difference = differenceAt(bytes, at, salt);
    if ((difference & (difference - 1)) === 0) return inNumber(at + 12, difference);
    const found = findFlippedBit(difference, 8 + length);
    // Bits of the length are tried below, since the checksum covers a different range for each
    // length.
    if (found !== undefined && found.offset >= 8) {
      return { offset: at + frameHeadBytes - 8 + found.offset, mask: found.mask };
    }
    if (found !== undefined && found.offset >= 4) {
      return { offset: at + 4 + found.offset, mask: found.mask };
    }
  }
  for (let bit = 0; bit < 32; bit++) {
    const other = (length ^ (1 << bit)) >>> 0;
    const end = at + frameHeadBytes + other;
    if (end > bytes.length || !mayEndAt(bytes, end)) continue;
    const found = inNumber(at + 4, (1 << bit) >>> 0);
    flip(bytes, found.offset, found.mask);
    const isRight = sumOf(bytes, at, other, salt) === stored;
    flip(bytes, found.offset, found.mask);
    if (isRight) return found;
  }
  return undefined;
}

/**
 * Whether a frame may end there: at another frame, at reserved space, or at the end of the file.
 */
export function mayEndAt(bytes: Buffer, end: number): boolean {
  return end === bytes.length || bytes[end] === 0 || bytes.subarray(end, end + 4).equals(mark);
}

/** The difference between the frame's expected and actual checksum. */
function differenceAt(bytes: Buffer, at: number, salt: number): number {
  const sum = sumOf(bytes, at, bytes.readUInt32LE(at + 4), salt);
  return (sum ^ bytes.readUInt32LE(at + 12)) >>> 0;
}

function sumOf(bytes: Buffer, at: number, length: number, salt: number): number {
  const begun = crc32(bytes.subarray(at + 4, at + 12), salt);
  return crc32(bytes.subarray(at + frameHeadBytes, at + frameHeadBytes + length), begun);
}

/** Numbers are little-endian. */
function inNumber(at: number, difference: number): Bit {
  const bit = 31 - Math.clz32(difference);
  return { offset: at + (bit >>> 3), mask: 1 << (bit & 7) };
}

export function flip(bytes: Buffer, offset: number, mask: number): void {
  bytes.writeUInt8(bytes.readUInt8(offset) ^ mask, offset);
}

/** Whether its records can be read and its contents match their digests. */
export function hasRightContents(bytes: Buffer, at: number, end: number): boolean {
  try {
    return [...decodeChanges(bytes, at + frameHeadBytes, end)].every(isRight);
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** Whether a content matches its digest; other records have none. */
export function isRight({ change, content }: ReadRecord): boolean {
  return change.kind !== "content" || content === undefined || hasDigest(content, change.digest);
}
