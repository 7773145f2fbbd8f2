import { crc32 } from "node:zlib";

/**
 * A segment of the journal is a head and then frames, one for all that was made durable at once:
 *
 *     head     "layerkeep journal 2\n", salt, how many segments there were when this one began,
 *              number and salt of each of them, CRC-32 of all that
 *     frame    mark, length of the payload, where what was durable ended when it was written,
 *              CRC-32 of both and of the payload, begun with the salt
 *     payload  records
 *
 * Numbers have four bytes, the least first. The salt keeps a frame inside a client's content
 * from ever being taken for one of ours. Version 1 of the head does not name other segments.
 */
export interface SegmentHead {
  readonly salt: number;
  /** Salts of the segments that there were when it began, by number; undefined in version 1. */
  readonly before: ReadonlyMap<number, number> | undefined;
  /** Where the frames begin. */
  readonly bytes: number;
}

export const frameHeadBytes = 16;
/** Longer than any frame that is written. */
const longestPayload = 64 << 20;

const titleBytes = 20;
const titles = [1, 2].map((version) => Buffer.from(`layerkeep journal ${version}\n`, "latin1"));
/** What each frame begins with. */
export const mark = Buffer.from("LKf\n", "latin1");

/** A head for a new segment, and for one that is written again, which may be of version 1. */
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

/** The head that a segment begins with; undefined if that is no head. */
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

/** Bytes of a head that names so many segments; undefined for one of version 1. */
function headBytes(count: number | undefined): number {
  return count === undefined ? titleBytes + 8 : titleBytes + 12 + 8 * count;
}

/** Of a head of version 1. */
export const shortestHeadBytes = headBytes(undefined);

/** Where the first frame begins, whole or not; the end if there is none. */
export function firstFrame(bytes: Buffer): number {
  const at = bytes.indexOf(mark);
  return at < 0 ? bytes.length : at;
}

/** Whether it begins as the heads of all versions do. */
export function isOwnHead(bytes: Buffer): boolean {
  return bytes.subarray(0, 18).toString("latin1") === "layerkeep journal ";
}

/** Whether it looks like the head of a journal that a newer version wrote. */
export function isForeignHead(bytes: Buffer): boolean {
  if (bytes.length < titleBytes) return false;
  return isOwnHead(bytes) && !titles.some((title) => title[18] === bytes[18]);
}

/** The head of a frame whose payload is these pieces. `durable` is an offset in the segment. */
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

/** Where the payload of the frame at an offset ends; undefined where no whole frame is there. */
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
 * Whether what stood at an offset was durable once: a whole frame behind it says so. Frames that
 * were on their way together may be there in any order after a crash.
 */
export function wasDurable(bytes: Buffer, offset: number, salt: number): boolean {
  for (let at = bytes.indexOf(mark, offset + 1); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (frameEnd(bytes, at, salt) !== undefined && bytes.readUInt32LE(at + 8) > offset) return true;
  }
  return false;
}

/** Where the next whole frame begins, or the one behind a damaged one by its own length; else the end. */
export function endOfDamage(bytes: Buffer, at: number, salt: number): number {
  const own = at + frameHeadBytes + (at + 8 <= bytes.length ? bytes.readUInt32LE(at + 4) : 0);
  const isMarked = bytes.subarray(at, at + 4).equals(mark);
  if (isMarked && own < bytes.length && bytes.subarray(own, own + 4).equals(mark)) return own;
  for (let next = bytes.indexOf(mark, at + 1); next >= 0; next = bytes.indexOf(mark, next + 1)) {
    if (frameEnd(bytes, next, salt) !== undefined) return next;
  }
  return bytes.length;
}
