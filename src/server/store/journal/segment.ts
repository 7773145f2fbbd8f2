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

/** A segment that exists. Its number gives its place in the order, and is never used again. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly head: SegmentHead;
  readonly file: number;
  /** Bytes that are durable. */
  size: number;
  /** Bytes that were written. */
  written: number;
  /** Up to here there is space for more. */
  reserved: number;
}

interface ReplayOptions {
  readonly isLast: boolean;
  readonly mostTorn: number;
  /** Room for a segment's bytes. */
  readonly scratch: Buffer;
  readonly readOnly: boolean;
}

/** What to do about a journal that cannot be used. Moving it away alone would not help. */
export function damagedHint(journal: string): string {
  const root = dirname(journal);
  return `nothing was changed. \`layerkeep registry check --root ${root}\` says what is damaged, and with --repair it saves the rest. Or restore all of the folder, journal and blobs together, from one backup`;
}

/** Whether a file of the journal has the name of a segment: ten digits. */
export function isSegmentName(name: string): boolean {
  return /^\d{10}$/.test(name);
}

/** The numbers of the segments in a folder, in order. Other files are not ours. */
export async function listSegments(folder: string): Promise<number[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter(isSegmentName);
  return names.map(Number).sort((a, b) => a - b);
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, String(number).padStart(10, "0"));
}

/** A new segment that has only its head, not yet durable. `before` are those that there are. */
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

/** Puts a copy of a segment in its place, durably, and gives that. */
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
 * Opens a segment and gives its records one after the other. In the last segment a write that a
 * crash cut short is cut off; nobody was told of it. Undefined if the last one has not even its
 * head. Throws a usage error that names file and offset if what was durable is damaged.
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
    // The head is durable before anything is written behind it.
    if (isLast && firstFrame(bytes) === bytes.length) return undefined;
    throw damaged(path, 0, "its head is not that of a journal");
  }
  const size = replayFrames(path, bytes, head, mostTorn, each);
  const file = openSync(path, readOnly ? "r" : "r+");
  return { number, path, head, file, size, written: size, reserved: size };
}

/** The records of a segment that is whole. Throws a usage error if it is not any more. */
export function* readRecords({ path, head }: Segment, bytes: Buffer): Generator<ReadRecord> {
  for (let at = head.bytes; at < bytes.length; ) {
    const end = frameEnd(bytes, at, head.salt);
    if (end === undefined) throw damaged(path, at, "what is there is not what was written");
    yield* decodeChanges(bytes, at + frameHeadBytes, end);
    at = end;
  }
}

/**
 * A segment's bytes; a segment is bounded. They stand in `scratch` where there is room: buffers
 * of that size are collected late, and many segments would else be in memory at once.
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

/** A part of a segment. Synchronous: it is small, and mostly in the system's cache. */
export function readPart(segment: Segment, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const got = readSync(segment.file, bytes, at, length - at, offset + at);
    if (got === 0) throw new Error(`${segment.path} ended at ${offset + at}`);
    at += got;
  }
  return bytes;
}

export async function removeSegment(segment: Segment): Promise<void> {
  closeSync(segment.file);
  await rm(segment.path, { force: true });
}

/**
 * Space is written before it is used: where a write changes nothing of the file but its content,
 * making it durable takes half the time, and does not wait for what others do to the file system.
 */
const reservedBytes = 512 << 10;
const zeros = Buffer.alloc(reservedBytes);

/** Writes space for more behind the end of a segment of at most `most` bytes. */
export function reserveSpace(segment: Segment, end: number, most: number): void {
  if (end <= segment.reserved) return;
  segment.reserved = end;
  if (end + reservedBytes > most) return;
  try {
    writeAll(segment.file, [zeros], end);
    segment.reserved = end + reservedBytes;
  } catch (error) {
    // It does without. Nobody else shall lack what it does not need.
    if (systemCodeOf(error) === undefined) throw error;
    ftruncateSync(segment.file, end);
  }
}

/** A disk that fills up writes a part and says so only the next time. */
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
      throw damaged(path, at, "what is there is not what was written");
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
  return new UsageError(`the registry's journal ${path} is damaged at byte ${offset}: ${why}`, {
    hint: damagedHint(dirname(path)),
  });
}

function newerVersion(path: string): UsageError {
  return new UsageError(`the registry's journal ${path} was written by a newer version`, {
    hint: "use that version, or another folder",
  });
}
