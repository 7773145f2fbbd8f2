import {
  encodeFrameHead,
  encodeSegmentHead,
  endOfDamage,
  frameEnd,
  frameHeadBytes,
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
import { correctFrame, type Damage, isRight, type Saved } from "./correct-frame.ts";
import { findHead } from "./find-head.ts";
import { readLeniently } from "./read-leniently.ts";

/** What can be saved of a segment. */
export interface Salvage {
  readonly head: SegmentHead;
  /** The segment as it should be: the same bytes if nothing is damaged. */
  readonly bytes: Buffer;
  readonly damages: readonly Damage[];
}

interface SalvageOptions {
  /** The salt that the journal records for it. */
  readonly salt: number | undefined;
  /** How many bytes at its end a crash may have cut off. */
  readonly mostTorn: number;
}

/**
 * Reads a segment past its damage. A frame with one wrong bit is corrected by its checksum. From
 * other damaged frames, contents that match their digest and readable records are kept. Undefined
 * if the file has no head and the journal does not know its salt. Modifies `bytes`.
 */
export function salvageSegment(bytes: Buffer, options: SalvageOptions): Salvage | undefined {
  const damages: Damage[] = [];
  const head = readSegmentHead(bytes) ?? findHead(bytes, options.salt, damages);
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

/** The records of a whole or salvaged segment. */
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

/** Encodes a frame of a segment that is about to be rewritten. */
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
  // A rebuilt head may be shorter.
  const bytesOfHead = pieces[0]?.length ?? 0;
  return { head: { ...head, bytes: bytesOfHead }, bytes: Buffer.concat(pieces), damages };
}

/** Undefined at the end of what was written. */
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
  // If a content is wrong but everything else is readable to the end, the content was the damage.
  const isFound = stop === end && !records.every(isRight);
  const others = right.flatMap(({ change }) => (change.kind === "content" ? [] : [change]));
  const damage: Damage = {
    ...{ at, bytes: end - at, isCorrected: false },
    why: isFound ? "contents are damaged" : "the data does not match its checksum",
    doubtful: isFound ? [] : others,
  };
  return { damage, pieces: kept.length === 0 ? [] : [encodeFrame(kept, salt)] };
}

const repositoryName = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;
const tagName = /^\w[\w.-]{0,127}$/;

function isPlausible(change: AnyChange): boolean {
  if ("repository" in change && !repositoryName.test(change.repository)) return false;
  if ("tag" in change && !tagName.test(change.tag)) return false;
  return !("salt" in change) || Number.isInteger(change.salt);
}
