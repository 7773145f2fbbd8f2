import { crc32 } from "node:zlib";
import { FormatError } from "../../errors.ts";
import { digestOf, hasherFor } from "../../oci/digest.ts";
import {
  encodeFrameHead,
  encodeSegmentHead,
  endOfDamage,
  firstFrame,
  frameEnd,
  frameHeadBytes,
  mark,
  readSegmentHead,
  type SegmentHead,
  wasDurable,
} from "../store/journal/frame.ts";
import {
  type AnyChange,
  decodeChanges,
  encodeChange,
  type ReadRecord,
} from "../store/journal/records.ts";
import { findCrcStart, findFlippedBit } from "./undo-crc.ts";

/** A part of a segment that is not what was written. */
export interface Damage {
  /** Bytes from the beginning of the file, and how many. */
  readonly at: number;
  readonly bytes: number;
  readonly why: string;
  /** One bit had changed, and which one is certain: nothing is lost. */
  readonly isCorrected: boolean;
  /** What the part says that nothing proves; it is believed. */
  readonly doubtful: readonly AnyChange[];
}

/** What can be saved of a segment. */
export interface Salvage {
  readonly head: SegmentHead;
  /** The segment as it should be: the same bytes if nothing is damaged. */
  readonly bytes: Buffer;
  readonly damages: readonly Damage[];
}

interface SalvageOptions {
  /** What the journal says that the salt is. */
  readonly salt: number | undefined;
  /** How many bytes at its end a crash may have cut short. */
  readonly mostTorn: number;
}

/**
 * Reads a segment past what is damaged. A frame with one wrong bit is corrected by its checksum;
 * of any other the contents that have their digest are kept, and the records that can be read.
 * Undefined if the file has neither a head nor a salt that the journal knows. Changes `bytes`.
 */
export function salvageSegment(bytes: Buffer, options: SalvageOptions): Salvage | undefined {
  const damages: Damage[] = [];
  const head = readSegmentHead(bytes) ?? headFrom(bytes, options, damages);
  if (head === undefined) return undefined;
  const pieces: Uint8Array[] = [encodeSegmentHead(head)];
  let at = head.bytes;
  let whole = at;
  while (at < bytes.length) {
    const end = frameEnd(bytes, at, head.salt);
    if (end !== undefined) {
      at = end;
      continue;
    }
    if (whole < at) pieces.push(bytes.subarray(whole, at));
    const found = correctFrame(bytes, at, head.salt) ?? saveRecords(bytes, at, head.salt, options);
    if (found === undefined) return finish(head, pieces, damages, bytes, at);
    damages.push(found.damage);
    pieces.push(...found.pieces);
    at += found.damage.bytes;
    whole = at;
  }
  if (whole < at) pieces.push(bytes.subarray(whole, at));
  return finish(head, pieces, damages, bytes, at);
}

/** The records of a segment that is whole, or was salvaged. */
export function* recordsOf({
  head,
  bytes,
}: Pick<Salvage, "head" | "bytes">): Generator<ReadRecord> {
  for (let at = head.bytes; at < bytes.length; ) {
    const end = frameEnd(bytes, at, head.salt);
    if (end === undefined) return;
    yield* decodeChanges(bytes, at + frameHeadBytes, end);
    at = end;
  }
}

/** A frame of a segment that is about to be written again. */
export function encodeFrame(changes: readonly Uint8Array[], salt: number): Buffer {
  return Buffer.concat([encodeFrameHead(changes, 0, salt), ...changes]);
}

function finish(
  head: SegmentHead,
  pieces: readonly Uint8Array[],
  damages: readonly Damage[],
  bytes: Buffer,
  end: number,
): Salvage {
  if (damages.length === 0) return { head, bytes: bytes.subarray(0, end), damages };
  // One that was made again may be shorter.
  const bytesOfHead = pieces[0]?.length ?? 0;
  return { head: { ...head, bytes: bytesOfHead }, bytes: Buffer.concat(pieces), damages };
}

/** Bytes of a head that is looked at bit by bit. */
const mostHeadBytes = 16 << 10;

function headFrom(
  bytes: Buffer,
  { salt }: SalvageOptions,
  damages: Damage[],
): SegmentHead | undefined {
  const end = firstFrame(bytes);
  const report = (isOneBit: boolean): void =>
    void damages.push({
      ...{ at: 0, bytes: end, isCorrected: true, doubtful: [] },
      why: isOneBit ? "one bit of its head is wrong" : "its head is damaged",
    });
  for (let bit = 0; bit < Math.min(end, mostHeadBytes) * 8; bit++) {
    flip(bytes, bit >>> 3, 1 << (bit & 7));
    const head = readSegmentHead(bytes);
    if (head !== undefined) {
      report(true);
      return head;
    }
    flip(bytes, bit >>> 3, 1 << (bit & 7));
  }
  const known = salt ?? saltOfFrame(bytes, end);
  if (known === undefined) return undefined;
  report(false);
  return { salt: known, before: new Map(), bytes: end };
}

/** What a frame's checksum began with, if a content in it or the next frame proves that. */
function saltOfFrame(bytes: Buffer, at: number): number | undefined {
  if (at + frameHeadBytes > bytes.length) return undefined;
  const end = at + frameHeadBytes + bytes.readUInt32LE(at + 4);
  if (end > bytes.length || !mayEndAt(bytes, end)) return undefined;
  const message = Buffer.concat([bytes.subarray(at + 4, at + 12), bytes.subarray(at + 16, end)]);
  const salt = findCrcStart(message, bytes.readUInt32LE(at + 12));
  const { records } = readLeniently(bytes, at + frameHeadBytes, end);
  const hasContent = records.some(({ content }) => content !== undefined);
  const isProved = frameEnd(bytes, end, salt) !== undefined || hasContent;
  return isProved && hasRightContents(bytes, at, end) ? salt : undefined;
}

interface Saved {
  readonly damage: Damage;
  readonly pieces: readonly Uint8Array[];
}

/** A frame of which one bit is wrong, with that bit put right. */
function correctFrame(bytes: Buffer, at: number, salt: number): Saved | undefined {
  if (at + frameHeadBytes > bytes.length) return undefined;
  const corrected = (end: number, why: string): Saved => ({
    damage: { at, bytes: end - at, why, isCorrected: true, doubtful: [] },
    pieces: [bytes.subarray(at, end)],
  });
  const own = at + frameHeadBytes + bytes.readUInt32LE(at + 4);
  if (own <= bytes.length && differenceAt(bytes, at, salt) === 0) {
    // The mark is not in the checksum.
    mark.copy(bytes, at);
    return corrected(own, "a mark is wrong");
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
    // Those of the length are looked for below: with another one the checksum is of other bytes.
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

function mayEndAt(bytes: Buffer, end: number): boolean {
  return end === bytes.length || bytes[end] === 0 || bytes.subarray(end, end + 4).equals(mark);
}

/** Between the checksum that a frame should have and the one that it has. */
function differenceAt(bytes: Buffer, at: number, salt: number): number {
  const sum = sumOf(bytes, at, bytes.readUInt32LE(at + 4), salt);
  return (sum ^ bytes.readUInt32LE(at + 12)) >>> 0;
}

function sumOf(bytes: Buffer, at: number, length: number, salt: number): number {
  const begun = crc32(bytes.subarray(at + 4, at + 12), salt);
  return crc32(bytes.subarray(at + frameHeadBytes, at + frameHeadBytes + length), begun);
}

/** A number's bits are stored with the least byte first. */
function inNumber(at: number, difference: number): Bit {
  const bit = 31 - Math.clz32(difference);
  return { offset: at + (bit >>> 3), mask: 1 << (bit & 7) };
}

function flip(bytes: Buffer, offset: number, mask: number): void {
  bytes.writeUInt8(bytes.readUInt8(offset) ^ mask, offset);
}

function hasRightContents(bytes: Buffer, at: number, end: number): boolean {
  try {
    return [...decodeChanges(bytes, at + frameHeadBytes, end)].every(isRight);
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function isRight({ change, content }: ReadRecord): boolean {
  if (change.kind !== "content" || content === undefined) return true;
  if (change.digest.startsWith("sha256:")) return digestOf(content) === change.digest;
  const hasher = hasherFor(change.digest);
  hasher.update(content);
  return hasher.digest() === change.digest;
}

/** Undefined if that is the end of what was written. */
function saveRecords(
  bytes: Buffer,
  at: number,
  salt: number,
  { mostTorn }: SalvageOptions,
): Saved | undefined {
  if (bytes.length - at <= mostTorn && !wasDurable(bytes, at, salt)) return undefined;
  const end = endOfDamage(bytes, at, salt);
  const { records, stop } = readLeniently(bytes, at + frameHeadBytes, end);
  const right = records.filter((record) => isRight(record) && isPlausible(record.change));
  const kept = right.flatMap(({ change, content }) =>
    content === undefined ? [encodeChange(change)] : [encodeChange(change), content],
  );
  // If a content is wrong and all else can be read to the end, that content was the damage.
  const isFound = stop === end && !records.every(isRight);
  const others = right.flatMap(({ change }) => (change.kind === "content" ? [] : [change]));
  const damage: Damage = {
    ...{ at, bytes: end - at, isCorrected: false },
    why: isFound ? "contents are damaged" : "what is there is not what was written",
    doubtful: isFound ? [] : others,
  };
  return { damage, pieces: kept.length === 0 ? [] : [encodeFrame(kept, salt)] };
}

/** The records up to the first that cannot be read, and where that is. */
function readLeniently(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly records: readonly ReadRecord[]; readonly stop: number } {
  const records: ReadRecord[] = [];
  let stop = start;
  try {
    for (const record of decodeChanges(bytes, start, end)) {
      records.push(record);
      stop = record.offset + (record.content?.length ?? 0);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return { records, stop };
}

const repositoryName = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;
const tagName = /^\w[\w.-]{0,127}$/;

function isPlausible(change: AnyChange): boolean {
  if ("repository" in change && !repositoryName.test(change.repository)) return false;
  if ("tag" in change && !tagName.test(change.tag)) return false;
  return !("salt" in change) || Number.isInteger(change.salt);
}
