import {
  frameEnd,
  firstFrame,
  frameHeadBytes,
  readSegmentHead,
  type SegmentHead,
} from "../store/journal/frame.ts";
import { type Damage, flip, hasRightContents, mayEndAt } from "./correct-frame.ts";
import { readLeniently } from "./read-leniently.ts";
import { findCrcStart } from "./undo-crc.ts";

/** How many bytes of a head are tried bit by bit. */
const mostHeadBytes = 16 << 10;

/**
 * Finds the head of a segment whose own head is damaged: with one bit corrected, or rebuilt from
 * the salt that the journal records or a frame proves. Undefined if there is none.
 */
export function findHead(
  bytes: Buffer,
  salt: number | undefined,
  damages: Damage[],
): SegmentHead | undefined {
  const end = firstFrame(bytes);
  const report = (isOneBit: boolean): void =>
    void damages.push({
      ...{ at: 0, bytes: end, isCorrected: true, doubtful: [] },
      why: isOneBit ? "one bit of its header is wrong" : "its header is damaged",
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

/** The start value of a frame's checksum, if a content in the frame or the next frame proves it. */
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
