import { crc32 } from "node:zlib";

/**
 * A segment of the journal is a head and then frames, one for all that was made durable at once:
 *
 *     head     "layerkeep journal 1\n", salt, CRC-32 of both
 *     frame    mark, length of the payload, where what was durable ended when it was written,
 *              CRC-32 of both and of the payload, begun with the salt
 *     payload  records
 *
 * Numbers have four bytes, the least first. The salt keeps a frame inside a client's content
 * from ever being taken for one of ours.
 */
export const segmentHeadBytes = 28;
export const frameHeadBytes = 16;
/** Longer than any frame that is written. */
const longestPayload = 64 << 20;

const title = Buffer.from("layerkeep journal 1\n", "latin1");
const mark = Buffer.from("LKf\n", "latin1");

/** A head for a new segment. */
export function encodeSegmentHead(salt: number): Buffer {
  const head = Buffer.alloc(segmentHeadBytes);
  title.copy(head);
  head.writeUInt32LE(salt, title.length);
  head.writeUInt32LE(crc32(head.subarray(0, title.length + 4)), title.length + 4);
  return head;
}

/** The segment's salt; undefined where that is no head. */
export function readSegmentHead(bytes: Buffer): number | undefined {
  if (bytes.length < segmentHeadBytes || !bytes.subarray(0, title.length).equals(title)) {
    return undefined;
  }
  const sum = crc32(bytes.subarray(0, title.length + 4));
  if (bytes.readUInt32LE(title.length + 4) !== sum) return undefined;
  return bytes.readUInt32LE(title.length);
}

/** Whether it begins as the heads of all versions do. */
export function isOwnHead(bytes: Buffer): boolean {
  return bytes.subarray(0, 18).equals(title.subarray(0, 18));
}

/** Whether it looks like the head of a journal that a newer version wrote. */
export function isForeignHead(bytes: Buffer): boolean {
  return isOwnHead(bytes) && bytes[18] !== title[18];
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
