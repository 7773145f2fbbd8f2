import { crc32 } from "node:zlib";

/**
 * A segment of the journal is a head followed by frames, one for each durable write:
 *
 *     head     "layerkeep journal 2\n", salt, how many segments existed when this one began,
 *              number and salt of each of them, CRC-32 of all that
 *     frame    mark, length of the payload, where the durable part ended when it was written,
 *              CRC-32 of both and of the payload, started with the salt
 *     payload  records
 *
 * Numbers have four bytes, little-endian. The salt keeps a frame inside a client's content
 * from being mistaken for one of ours. Version 1 of the head does not name other segments.
 */
export interface SegmentHead {
  readonly salt: number;
  /** Salts of the segments that existed when it began, by number; undefined in version 1. */
  readonly before: ReadonlyMap<number, number> | undefined;
  /** Where the frames begin. */
  readonly bytes: number;
}

export const frameHeadBytes = 16;
/** Longer than any frame that is written. */
const longestPayload = 64 << 20;

const titleBytes = 20;
const titles = [1, 2].map((version) => Buffer.from(`layerkeep journal ${version}\n`, "latin1"));
/** The bytes that each frame begins with. */
export const mark = Buffer.from("LKf\n", "latin1");

/** Encodes the head of a new segment, or of a rewritten one, which may be of version 1. */
export function encodeSegmentHead({ salt, before }: Omit<SegmentHead, "bytes">): Buffer {
  const head = Buffer.alloc(headBytes(before?.size));
  titles[before === undefined ? 0 : 1]?.copy(head);
  let at = head.writeUInt32LE(salt, titleBytes);
  if (before !== undefined) at = head.writeUInt32LE(before.size, at);
  for (const [number, other] of before ?? []) {
    at = head.writeUInt32LE(number, at);
    at = head.writeUInt32LE(other, at);
  }
  head.writeUInt32LE(crc32(head.subarray(0, at)), at);
  return head;
}

/** The head at the beginning of a segment; undefined if there is none. */
export function readSegmentHead(bytes: Buffer): SegmentHead | undefined {
  const version = titles.findIndex((title) => bytes.subarray(0, titleBytes).equals(title)) + 1;
  const shortest = headBytes(version === 1 ? undefined : 0);
  if (version === 0 || bytes.length < shortest) return undefined;
  const count = version === 1 ? undefined : bytes.readUInt32LE(titleBytes + 4);
  const end = headBytes(count);
  if (bytes.length < end) return undefined;
  if (bytes.readUInt32LE(end - 4) !== crc32(bytes.subarray(0, end - 4))) return undefined;
  const salt = bytes.readUInt32LE(titleBytes);
  if (count === undefined) return { salt, before: undefined, bytes: end };
  const before = new Map<number, number>();
  for (let at = titleBytes + 8; at < end - 4; at += 8) {
    before.set(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
  }
  return { salt, before, bytes: end };
}

/** The size of a head that names this many segments; undefined means version 1. */
function headBytes(count: number | undefined): number {
  return count === undefined ? titleBytes + 8 : titleBytes + 12 + 8 * count;
}

/** The size of a head of version 1. */
export const shortestHeadBytes = headBytes(undefined);

/** Where the first frame begins, complete or not; the end if there is none. */
export function firstFrame(bytes: Buffer): number {
  const at = bytes.indexOf(mark);
  return at < 0 ? bytes.length : at;
}

/** Whether it begins like the head of any version. */
export function isOwnHead(bytes: Buffer): boolean {
  return bytes.subarray(0, 18).toString("latin1") === "layerkeep journal ";
}

/** Whether it looks like the head of a journal from a newer version. */
export function isForeignHead(bytes: Buffer): boolean {
  if (bytes.length < titleBytes) return false;
  return isOwnHead(bytes) && !titles.some((title) => title[18] === bytes[18]);
}

/** The head of a frame with these payload pieces. `durable` is an offset in the segment. */
export function encodeFrameHead(
  payload: readonly Uint8Array[],
  durable: number,
  salt: number,
): Buffer {
  const head = Buffer.allocUnsafe(frameHeadBytes);
  mark.copy(head);
  head.writeUInt32LE(
    payload.reduce((sum, piece) => sum + piece.length, 0),
    4,
  );
  head.writeUInt32LE(durable, 8);
  let sum = crc32(head.subarray(4, 12), salt);
  for (const piece of payload) sum = crc32(piece, sum);
  head.writeUInt32LE(sum, 12);
  return head;
}

/** Where the payload of the frame at an offset ends; undefined if no complete frame is there. */
export function frameEnd(bytes: Buffer, at: number, salt: number): number | undefined {
  if (at + frameHeadBytes > bytes.length || !bytes.subarray(at, at + 4).equals(mark)) {
    return undefined;
  }
  const length = bytes.readUInt32LE(at + 4);
  const start = at + frameHeadBytes;
  if (length > longestPayload || start + length > bytes.length) return undefined;
  const begun = crc32(bytes.subarray(at + 4, at + 12), salt);
  const sum = crc32(bytes.subarray(start, start + length), begun);
  return sum === bytes.readUInt32LE(at + 12) ? start + length : undefined;
}

/**
 * Whether the bytes at an offset were durable once: a complete frame after them says so. Frames
 * that were being written together may survive a crash in any combination.
 */
export function wasDurable(bytes: Buffer, offset: number, salt: number): boolean {
  for (let at = bytes.indexOf(mark, offset + 1); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (frameEnd(bytes, at, salt) !== undefined && bytes.readUInt32LE(at + 8) > offset) return true;
  }
  return false;
}

/**
 * Where the next complete frame begins, or the one after a damaged one by its own length; otherwise
 * the end.
 */
export function endOfDamage(bytes: Buffer, at: number, salt: number): number {
  const own = at + frameHeadBytes + (at + 8 <= bytes.length ? bytes.readUInt32LE(at + 4) : 0);
  const isMarked = bytes.subarray(at, at + 4).equals(mark);
  if (isMarked && own < bytes.length && bytes.subarray(own, own + 4).equals(mark)) return own;
  for (let next = bytes.indexOf(mark, at + 1); next >= 0; next = bytes.indexOf(mark, next + 1)) {
    if (frameEnd(bytes, next, salt) !== undefined) return next;
  }
  return bytes.length;
}
