import { dirname } from "node:path";
import { UsageError } from "../../../errors.ts";
import { frameEnd, frameHeadBytes, firstFrame, readSegmentHead } from "./frame.ts";
import { decodeChanges, recordBytes } from "./records.ts";
import { damagedHint, readWhole, type Segment, segmentPath } from "./segment.ts";

/** The size of a segment's last frame, which says where the journal continues. */
export const linkBytes = frameHeadBytes + recordBytes({ kind: "next", segment: 0, salt: 0 });

/**
 * What the last segment of a journal says about the others. Its head names the segments that
 * existed when it began, and its records name those removed since.
 */
export interface Chain {
  /** The number of the last segment. */
  readonly last: number;
  /** Salts of the segments that must exist before it, by number. */
  readonly expected: ReadonlyMap<number, number>;
  /** Salts of those removed since, by number; a crash may have left their files behind. */
  readonly dropped: ReadonlyMap<number, number>;
  /** The last segment has only its head. */
  readonly isEmpty: boolean;
}

/** A segment, and whether its last record says where the journal continues. */
export interface Link {
  readonly segment: Segment;
  readonly next: { readonly segment: number; readonly salt: number } | undefined;
}

/** Undefined if the last segment is of version 1, which names no others, or cannot be read. */
export async function readChain(
  folder: string,
  numbers: readonly number[],
  scratch: Buffer,
): Promise<Chain | undefined> {
  // The very last segment may have been cut off before it began.
  for (const number of numbers.slice(-2).reverse()) {
    const bytes = await readWhole(segmentPath(folder, number), scratch);
    const head = readSegmentHead(bytes);
    if (head === undefined && firstFrame(bytes) === bytes.length) continue;
    if (head?.before === undefined) return undefined;
    const dropped = droppedIn(bytes, head.bytes, head.salt);
    const expected = new Map([...head.before].filter(([before]) => !dropped.has(before)));
    const isEmpty = frameEnd(bytes, head.bytes, head.salt) === undefined;
    return { last: number, expected, dropped, isEmpty };
  }
  return undefined;
}

/**
 * Throws a usage error that names the file if a segment is missing, is not the one that the journal
 * had, or ends early. Segments of version 1 do not say where the journal continues.
 */
export function verifyChain(
  folder: string,
  chain: Chain | undefined,
  links: readonly Link[],
): void {
  const last = links.at(-1);
  if (last?.next !== undefined) {
    throw incomplete(segmentPath(folder, last.next.segment), "is missing");
  }
  const found = new Map(links.map((link) => [link.segment.number, link]));
  for (const [number, salt] of chain?.expected ?? []) {
    const link = found.get(number);
    const path = segmentPath(folder, number);
    if (link === undefined) throw incomplete(path, "is missing");
    if (link.segment.head.salt !== salt) {
      throw incomplete(path, "is from another registry or another backup");
    }
    const { head, size } = link.segment;
    if (head.before === undefined || link.next !== undefined) continue;
    // It was emptied on a full disk: see `Journal.drop`.
    if (size === head.bytes) continue;
    if (!isUnlinked(links, link))
      throw incomplete(path, "ends early: its last records are missing");
  }
}

/** Whether a file is the segment with this salt. */
export async function hasSalt(path: string, salt: number | undefined): Promise<boolean> {
  if (salt === undefined) return false;
  return readSegmentHead(await readWhole(path, Buffer.alloc(0)))?.salt === salt;
}

/** Whether a crash came after the last segment began and before the previous one linked to it. */
export function isUnlinked(links: readonly Link[], link: Link): boolean {
  const last = links.at(-1)?.segment;
  return links.at(-2) === link && last !== undefined && last.size === last.head.bytes;
}

function droppedIn(bytes: Buffer, start: number, salt: number): Map<number, number> {
  const dropped = new Map<number, number>();
  let at = start;
  for (let end = frameEnd(bytes, at, salt); end !== undefined; end = frameEnd(bytes, at, salt)) {
    for (const { change } of decodeChanges(bytes, at + frameHeadBytes, end)) {
      if (change.kind === "dropped") dropped.set(change.segment, change.salt);
    }
    at = end;
  }
  return dropped;
}

function incomplete(path: string, why: string): UsageError {
  return new UsageError(`the registry journal is incomplete: ${path} ${why}`, {
    hint: damagedHint(dirname(path)),
  });
}
