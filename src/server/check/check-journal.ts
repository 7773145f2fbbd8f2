import { linkBytes } from "../store/journal/chain.ts";
import { type AnyChange, type Change, encodeChange, isOfChain } from "../store/journal/records.ts";
import { segmentPath } from "../store/journal/segment.ts";
import { Index } from "../store/index/stored-index.ts";
import { type Identification, type Identified, identify, placeOf } from "./identify.ts";
import { readAsItIs } from "./read-as-it-is.ts";
import { encodeFrame, recordsOf, type Salvage, salvageSegment } from "./salvage.ts";

/** A problem with a file of the journal. */
export interface JournalProblem {
  readonly path: string;
  /** The offset and number of bytes; undefined if it concerns the whole file. */
  readonly at?: number | undefined;
  readonly bytes?: number | undefined;
  readonly why: string;
  /** No data is lost. */
  readonly isHarmless: boolean;
  /** Records that can be read but not verified. */
  readonly doubtful: readonly Change[];
}

/** A segment that belongs to the journal. */
export interface OwnSegment {
  readonly number: number;
  /** Its current path; it is another segment's path if files were swapped. */
  readonly path: string;
  readonly salt: number;
  readonly isLast: boolean;
  /** How many bytes at its end a crash may have cut off. */
  readonly mostTorn: number;
  /** Its file differs from what it should be. */
  readonly isDamaged: boolean;
}

export interface JournalCheck {
  /** The journal's readable records; facts from manifests are added later. */
  readonly index: Index;
  /** In order. */
  readonly segments: readonly OwnSegment[];
  /** Files in the journal's folder that are segments of another journal. */
  readonly foreign: readonly string[];
  /** Files in the folder that cannot be read as segments. */
  readonly unreadable: readonly string[];
  readonly problems: readonly JournalProblem[];
  /** The highest segment number so far, as far as the journal shows. */
  readonly lastNumber: number;
}

/**
 * Reads a journal past damaged, missing and foreign segments. Changes nothing. Throws a usage error
 * if the folder has segments of several journals and it is unclear which one counts.
 */
export async function checkJournal(folder: string, now: () => number): Promise<JournalCheck> {
  const files = await identify(folder);
  const index = new Index(now);
  const problems = problemsOf(files, folder);
  const segments: OwnSegment[] = [];
  let lastNumber = Math.max(0, ...files.own.map(({ number }) => number), ...files.missing);
  let next: Next | undefined;
  const isLastEmpty = await hasOnlyHead(files.own.at(-1));
  for (const [at, file] of files.own.entries()) {
    const behind = files.own.length - 1 - at;
    // A crash can happen after the last segment begins and before the previous one links to it.
    const mayLackNext = behind === 0 || (behind === 1 && isLastEmpty);
    const mostTorn = behind === 0 ? Infinity : mayLackNext ? linkBytes : 0;
    const salvage = await salvageFile({ ...file, mostTorn });
    if (salvage === undefined) continue;
    next = undefined;
    for (const { change, offset } of recordsOf(salvage)) {
      if (change.kind === "next") next = change;
      if (!isOfChain(change)) index.apply(change, { segment: file.number, offset });
    }
    for (const { isCorrected: isHarmless, doubtful, ...damage } of salvage.damages) {
      const changes = doubtful.filter((change) => !isOfChain(change));
      problems.push({ path: file.path, ...damage, isHarmless, doubtful: changes });
    }
    const lacksNext = behind > 0 && next === undefined && salvage.head.before !== undefined;
    // A segment that was emptied on a full disk lacks nothing.
    const isEmpty = salvage.bytes.length === salvage.head.bytes;
    const endsEarly = lacksNext && !mayLackNext && !isEmpty;
    if (endsEarly) problems.push(lost(file.path, "it ends early: its last records are missing"));
    // A repair adds a segment after the last one, so every earlier segment then has to name its
    // successor.
    const isDamaged = lacksNext || salvage.damages.length > 0;
    segments.push({ ...file, mostTorn, isLast: behind === 0, isDamaged });
  }
  if (next !== undefined) {
    problems.push(lost(segmentPath(folder, next.segment), "it is missing"));
    lastNumber = Math.max(lastNumber, next.segment);
  }
  const { foreign, unreadable } = files;
  return { index, segments, foreign, unreadable, problems, lastNumber };
}

/** What can be saved from a segment's file. */
export async function salvageFile({
  path,
  salt,
  mostTorn,
}: Pick<OwnSegment, "path" | "salt" | "mostTorn">): Promise<Salvage | undefined> {
  return salvageSegment(await readAsItIs(path), { salt, mostTorn });
}

/** The bytes that replace a damaged segment. */
export function repairedBytes({ head, bytes }: Salvage, isLast: boolean, number: number): Buffer {
  const hasNext = [...recordsOf({ head, bytes })].some(({ change }) => change.kind === "next");
  if (isLast || hasNext || head.before === undefined) return bytes;
  const record = encodeChange({ kind: "next", segment: number + 1, salt: 0 });
  return Buffer.concat([bytes, encodeFrame([record], head.salt)]);
}

type Next = Extract<AnyChange, { readonly kind: "next" }>;

function problemsOf(files: Identification, folder: string): JournalProblem[] {
  const moved = files.own.filter((file) => file.path !== placeOf(folder, file));
  return [
    ...moved.map((file) => harmless(file.path, `it should be at ${placeOf(folder, file)}`)),
    ...files.foreign.map((path) => harmless(path, "it does not belong to this journal")),
    ...files.unreadable.map((path) => lost(path, "it cannot be read as part of the journal")),
    ...files.missing.map((number) => lost(segmentPath(folder, number), "it is missing")),
  ];
}

function harmless(path: string, why: string): JournalProblem {
  return { path, why, isHarmless: true, doubtful: [] };
}

function lost(path: string, why: string): JournalProblem {
  return { path, why, isHarmless: false, doubtful: [] };
}

async function hasOnlyHead(last: Identified | undefined): Promise<boolean> {
  const salvage = last && (await salvageFile({ ...last, mostTorn: Infinity }));
  return salvage !== undefined && salvage.bytes.length === salvage.head.bytes;
}
