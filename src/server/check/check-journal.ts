import { open } from "node:fs/promises";
import { firstFrame, readSegmentHead, type SegmentHead } from "../store/journal/frame.ts";
import { Index } from "../store/stored-index.ts";
import { type AnyChange, type Change, encodeChange, isOfChain } from "../store/journal/records.ts";
import { listSegments, readWhole, segmentPath } from "../store/journal/segment.ts";
import { encodeFrame, recordsOf, type Salvage, salvageSegment } from "./salvage.ts";

/** What is wrong with a file of the journal. */
export interface JournalProblem {
  readonly path: string;
  /** Bytes from its beginning, and how many; undefined if it is about the whole file. */
  readonly at?: number | undefined;
  readonly bytes?: number | undefined;
  readonly why: string;
  /** Nothing is lost by it. */
  readonly isHarmless: boolean;
  /** Records that can be read but that nothing proves. */
  readonly doubtful: readonly Change[];
}

/** A segment that belongs to the journal. */
export interface OwnSegment {
  readonly number: number;
  /** Where it is: another segment's place, if files were swapped. */
  readonly path: string;
  readonly salt: number;
  readonly isLast: boolean;
  /** Its file is not as it should be. */
  readonly isDamaged: boolean;
}

export interface JournalCheck {
  /** What the journal says, as far as it can be read; what manifests say is not in it yet. */
  readonly index: Index;
  /** In order. */
  readonly segments: readonly OwnSegment[];
  /** Files in the journal's folder that are segments of another one. */
  readonly foreign: readonly string[];
  readonly problems: readonly JournalProblem[];
  /** No segment has had a higher number, as far as the journal tells. */
  readonly lastNumber: number;
}

/** Reads a journal past what is damaged, missing or not its own. Changes nothing. */
export async function checkJournal(folder: string, now: () => number): Promise<JournalCheck> {
  const files = await identify(folder);
  const index = new Index(now);
  const problems = [...files.problems];
  const segments: OwnSegment[] = [];
  let lastNumber = Math.max(0, ...files.own.map(({ number }) => number), ...files.missing);
  let next: Next | undefined;
  for (const [at, file] of files.own.entries()) {
    const rest = files.own.slice(at + 1);
    const salvage = await salvageFile(file);
    if (salvage === undefined) continue;
    next = undefined;
    for (const { change, offset } of recordsOf(salvage)) {
      if (change.kind === "next") next = change;
      if (!isOfChain(change)) index.apply(change, { segment: file.number, offset });
    }
    for (const { isCorrected, doubtful, ...damage } of salvage.damages) {
      const changes = doubtful.filter((change) => !isOfChain(change));
      problems.push({
        path: file.path,
        ...damage,
        isHarmless: isCorrected,
        doubtful: changes,
      });
    }
    const endsEarly = next === undefined && needsNext(salvage.head, rest);
    if (endsEarly) {
      const why = "it ends early: its last records are missing";
      problems.push({ path: file.path, why, isHarmless: false, doubtful: [] });
    }
    segments.push({ ...file, isDamaged: endsEarly || salvage.damages.length > 0 });
  }
  if (next !== undefined) {
    const path = segmentPath(folder, next.segment);
    problems.push({ path, why: "it is missing", isHarmless: false, doubtful: [] });
    lastNumber = Math.max(lastNumber, next.segment);
  }
  return { index, segments, foreign: files.foreign, problems, lastNumber };
}

/** What can be saved of a segment's file. */
export async function salvageFile({
  path,
  salt,
  isLast,
}: Pick<OwnSegment, "path" | "salt" | "isLast">): Promise<Salvage | undefined> {
  return salvageSegment(await readWhole(path, Buffer.alloc(0)), { salt, isLast });
}

/** The bytes that a damaged segment is replaced by. */
export function repairedBytes({ head, bytes }: Salvage, isLast: boolean, number: number): Buffer {
  const hasNext = [...recordsOf({ head, bytes })].some(({ change }) => change.kind === "next");
  if (isLast || hasNext || head.before === undefined) return bytes;
  const record = encodeChange({ kind: "next", segment: number + 1, salt: 0 });
  return Buffer.concat([bytes, encodeFrame([record], head.salt)]);
}

type Next = Extract<AnyChange, { readonly kind: "next" }>;

interface Identified {
  readonly own: readonly Omit<OwnSegment, "isDamaged">[];
  readonly foreign: readonly string[];
  readonly missing: readonly number[];
  readonly problems: readonly JournalProblem[];
}

/** Says which file is which segment, by the salts that the newest readable head names. */
async function identify(folder: string): Promise<Identified> {
  const numbers = await listSegments(folder);
  const heads = new Map<number, SegmentHead | undefined>();
  for (const number of numbers) heads.set(number, await headOf(segmentPath(folder, number)));
  const newest = numbers.findLast((number) => heads.get(number)?.before !== undefined);
  const salts = await saltsBy(folder, numbers, newest, heads);
  const own: Omit<OwnSegment, "isDamaged">[] = [];
  const [foreign, problems]: [string[], JournalProblem[]] = [[], []];
  const numberOf = new Map([...salts].map(([number, salt]) => [salt, number]));
  for (const number of numbers) {
    const path = segmentPath(folder, number);
    const salt = heads.get(number)?.salt ?? salts.get(number);
    const right = salt === undefined ? undefined : numberOf.get(salt);
    if (salt === undefined || right === undefined || isTaken(own, right)) {
      if (await hasNothing(path)) continue;
      foreign.push(path);
      const why = "it is not of this journal";
      problems.push({ path, why, isHarmless: true, doubtful: [] });
      continue;
    }
    own.push({ number: right, path, salt, isLast: false });
    if (right === number) continue;
    const why = `it is in the place of ${segmentPath(folder, right)}`;
    problems.push({ path, why, isHarmless: true, doubtful: [] });
  }
  const missing = [...salts.keys()].filter((number) => !isTaken(own, number));
  for (const number of missing) {
    const why = "it is missing";
    problems.push({ path: segmentPath(folder, number), why, isHarmless: false, doubtful: [] });
  }
  own.sort((a, b) => a.number - b.number);
  const last = own.at(-1)?.number;
  return {
    own: own.map((file) => ({ ...file, isLast: file.number === last })),
    foreign,
    missing,
    problems,
  };
}

function isTaken(own: readonly { readonly number: number }[], number: number): boolean {
  return own.some((file) => file.number === number);
}

/** Salts of the segments that there should be, by number; those of version 1 as they are. */
async function saltsBy(
  folder: string,
  numbers: readonly number[],
  newest: number | undefined,
  heads: ReadonlyMap<number, SegmentHead | undefined>,
): Promise<Map<number, number>> {
  if (newest === undefined) {
    return new Map(
      [...heads].flatMap(([number, head]) => (head === undefined ? [] : [[number, head.salt]])),
    );
  }
  const newestHead = heads.get(newest);
  const salts = new Map(newestHead?.before);
  let salt = newestHead?.salt;
  for (const number of numbers.filter((each) => each >= newest)) {
    if (salt === undefined) break;
    const file = { path: segmentPath(folder, number), salt, isLast: number === numbers.at(-1) };
    const salvage = await salvageFile(file);
    if (salvage === undefined) break;
    salts.set(number, salt);
    salt = undefined;
    for (const { change } of recordsOf(salvage)) {
      if (change.kind === "dropped") salts.delete(change.segment);
      if (change.kind === "next") salt = change.salt;
    }
  }
  return salts;
}

/** Whether a segment before others has to say where the journal goes on. */
function needsNext(head: SegmentHead, rest: readonly unknown[]): boolean {
  // A crash may come between the beginning of the last segment and its mention before.
  return head.before !== undefined && rest.length > 1;
}

const mostHeadBytes = 64 << 10;

async function headOf(path: string): Promise<SegmentHead | undefined> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostHeadBytes), 0);
    return readSegmentHead(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** A file that a crash cut short before anything was in it. */
async function hasNothing(path: string): Promise<boolean> {
  const bytes = await readWhole(path, Buffer.alloc(0));
  return readSegmentHead(bytes) === undefined && firstFrame(bytes) === bytes.length;
}
