import { randomInt } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writevSync,
} from "node:fs";
import { open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FormatError, messageOf, systemCodeOf, UsageError } from "../../../errors.ts";
import type { Folders } from "../../root/folders.ts";
import {
  encodeSegmentHead,
  frameEnd,
  frameHeadBytes,
  firstFrame,
  isForeignHead,
  readSegmentHead,
  type SegmentHead,
  wasDurable,
} from "./frame.ts";
import { decodeChanges, type ReadRecord } from "./records.ts";

/** An existing segment. Its number gives its place in the order, and is never reused. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly head: SegmentHead;
  readonly file: number;
  /** How many bytes are durable. */
  size: number;
  /** How many bytes were written. */
  written: number;
  /** The end of the reserved space. */
  reserved: number;
}

interface ReplayOptions {
  readonly isLast: boolean;
  readonly mostTorn: number;
  /** A buffer for a segment's bytes. */
  readonly scratch: Buffer;
  readonly readOnly: boolean;
}

/** What to do about a journal that cannot be used. Moving away only the journal would not help. */
export function damagedHint(journal: string): string {
  const root = dirname(journal);
  return `run \`layerkeep registry check --root ${root}\` to see the damage, and add --repair to save the rest. Alternatively, restore the complete folder, including the journal and blobs, from a single backup. Nothing was changed`;
}

/** Whether a file of the journal is named like a segment: ten digits. */
export function isSegmentName(name: string): boolean {
  return /^\d{10}$/.test(name);
}

/** The numbers of the segments in a folder, in order. Other files are ignored. */
export async function listSegments(folder: string): Promise<number[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter(isSegmentName);
  return names.map(Number).sort((a, b) => a - b);
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, String(number).padStart(10, "0"));
}

/** Creates a segment with only its head, not yet durable. `before` are the existing segments. */
export function createSegment(folder: string, number: number, before: readonly Segment[]): Segment {
  const path = segmentPath(folder, number);
  const salt = randomInt(2 ** 32);
  const salts = new Map(before.map((segment) => [segment.number, segment.head.salt]));
  const encoded = encodeSegmentHead({ salt, before: salts });
  const bytes = encoded.length;
  const file = openSync(path, "wx+", 0o600);
  try {
    writeAll(file, [encoded], 0);
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
  const head = { salt, before: salts, bytes };
  return { number, path, head, file, size: bytes, written: bytes, reserved: 0 };
}

/** Replaces a segment by a copy, durably, and returns the copy. */
export async function copySegment(segment: Segment, folders: Folders): Promise<Segment> {
  const { path, size } = segment;
  const staged = folders.temporaryPath();
  const file = openSync(staged, "wx+", 0o600);
  try {
    writeAll(file, [readPart(segment, 0, size)], 0);
    fsyncSync(file);
    renameSync(staged, path);
    await folders.sync(dirname(path));
  } catch (error) {
    closeSync(file);
    rmSync(staged, { force: true });
    throw error;
  }
  closeSync(segment.file);
  return { ...segment, file, written: size, reserved: size };
}

/**
 * Opens a segment and returns its records in order. In the last segment, an incomplete write is cut
 * off; it was never acknowledged. Undefined if the last one has not even a head. Throws a usage
 * error that names file and offset if durable data is damaged.
 */
export async function replaySegment(
  path: string,
  number: number,
  { isLast, mostTorn, scratch, readOnly }: ReplayOptions,
  each: (record: ReadRecord) => void,
): Promise<Segment | undefined> {
  const bytes = await readWhole(path, scratch);
  const head = readSegmentHead(bytes);
  if (head === undefined) {
    if (isForeignHead(bytes)) throw newerVersion(path);
    // The head is durable before anything is written after it.
    if (isLast && firstFrame(bytes) === bytes.length) return undefined;
    throw damaged(path, 0, "it is not a journal segment");
  }
  const size = replayFrames(path, bytes, head, mostTorn, each);
  const file = openSync(path, readOnly ? "r" : "r+");
  return { number, path, head, file, size, written: size, reserved: size };
}

/** The records of an intact segment. Throws a usage error if it no longer is. */
export function* readRecords({ path, head }: Segment, bytes: Buffer): Generator<ReadRecord> {
  for (let at = head.bytes; at < bytes.length; ) {
    const end = frameEnd(bytes, at, head.salt);
    if (end === undefined) throw damaged(path, at, "the data does not match its checksum");
    yield* decodeChanges(bytes, at + frameHeadBytes, end);
    at = end;
  }
}

/**
 * Reads a whole segment; its size is bounded. The bytes are in `scratch` if they fit: buffers of
 * that size are collected late, and many segments would be in memory at once.
 */
export async function readWhole(path: string, scratch: Buffer): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const fits = size <= scratch.length;
    const bytes = fits ? scratch.subarray(0, size) : Buffer.allocUnsafeSlow(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(bytes, at, size - at, at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Reads a part of a segment. Synchronous: it is small, and mostly in the system's cache. */
export function readPart(segment: Segment, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const got = readSync(segment.file, bytes, at, length - at, offset + at);
    if (got === 0) throw new Error(`${segment.path} ended early, at byte ${offset + at}`);
    at += got;
  }
  return bytes;
}

export async function removeSegment(segment: Segment): Promise<void> {
  closeSync(segment.file);
  await rm(segment.path, { force: true });
}

/**
 * Space is allocated before it is used: a write that changes only a file's content becomes durable
 * in half the time, and does not wait for other file system changes.
 */
const reservedBytes = 512 << 10;
const zeros = Buffer.alloc(reservedBytes);

/** Reserves space after the end of a segment of at most `most` bytes. */
export function reserveSpace(segment: Segment, end: number, most: number): void {
  if (end <= segment.reserved) return;
  segment.reserved = end;
  if (end + reservedBytes > most) return;
  try {
    writeAll(segment.file, [zeros], end);
    segment.reserved = end + reservedBytes;
  } catch (error) {
    // It works without reserved space, so a full disk is no reason to fail.
    if (systemCodeOf(error) === undefined) throw error;
    ftruncateSync(segment.file, end);
  }
}

/** A disk that fills up writes a part and reports it only with the next write. */
export function writeAll(file: number, pieces: readonly Uint8Array[], position: number): void {
  let rest = [...pieces];
  let at = position;
  while (rest.length > 0) {
    let written = writevSync(file, rest, at);
    at += written;
    let whole = 0;
    for (const piece of rest) {
      if (written < piece.length) break;
      written -= piece.length;
      whole += 1;
    }
    rest = rest.slice(whole);
    const [first] = rest;
    if (first !== undefined && written > 0) rest[0] = first.subarray(written);
  }
}

function replayFrames(
  path: string,
  bytes: Buffer,
  { salt, bytes: start }: SegmentHead,
  mostTorn: number,
  each: (record: ReadRecord) => void,
): number {
  let at = start;
  while (at < bytes.length) {
    const end = frameEnd(bytes, at, salt);
    if (end === undefined) {
      if (bytes.length - at <= mostTorn && !wasDurable(bytes, at, salt)) return at;
      throw damaged(path, at, "the data does not match its checksum");
    }
    try {
      for (const record of decodeChanges(bytes, at + frameHeadBytes, end)) each(record);
    } catch (cause) {
      if (cause instanceof FormatError) throw damaged(path, at, messageOf(cause));
      throw cause;
    }
    at = end;
  }
  return at;
}

function damaged(path: string, offset: number, why: string): UsageError {
  return new UsageError(`the registry journal ${path} is damaged at byte ${offset}: ${why}`, {
    hint: damagedHint(dirname(path)),
  });
}

function newerVersion(path: string): UsageError {
  return new UsageError(
    `the registry journal ${path} was written by a newer version of Layerkeep`,
    {
      hint: "upgrade Layerkeep, or use another folder",
    },
  );
}
