import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { firstFrame, readSegmentHead, type SegmentHead } from "../store/journal/frame.ts";
import { isSegmentName, segmentPath } from "../store/journal/segment.ts";
import { readAsItIs } from "./read-as-it-is.ts";
import { recordsOf, salvageSegment } from "./salvage.ts";

/** A file that is one of the journal's segments. */
export interface Identified {
  readonly number: number;
  /** Its current path; it is another segment's path if files were swapped. */
  readonly path: string;
  readonly salt: number;
}

export interface Identification {
  /** In order. */
  readonly own: readonly Identified[];
  /** Segments of another journal. */
  readonly foreign: readonly string[];
  /** Files whose salt cannot be found. */
  readonly unreadable: readonly string[];
  /** Numbers of segments that should exist. */
  readonly missing: readonly number[];
}

/**
 * Finds out which file is which segment, by the salts that the newest head names. Also recognizes a
 * swap that a repair did not finish. Throws a usage error if it cannot determine which journal it
 * is.
 */
export async function identify(folder: string): Promise<Identification> {
  const files = await readFiles(folder);
  const newest = findNewest(files);
  if (newest === undefined) return byPlace(files);
  const { salts, dropped } = await saltsFrom(newest, files);
  const numberOf = new Map([...salts].map(([number, salt]) => [salt, number]));
  const own: Identified[] = [];
  const add = (file: File, number: number, salt: number): void =>
    void own.push({ number, path: file.path, salt });
  const isTaken = (number: number): boolean => own.some((one) => one.number === number);
  const rest: File[] = [];
  for (const file of files) {
    const salt = salts.get(file.place);
    const isRight = salt !== undefined && (file.head === undefined || file.head.salt === salt);
    if (isRight && !file.isMoving) add(file, file.place, salt);
    else rest.push(file);
  }
  const [foreign, unreadable]: [string[], string[]] = [[], []];
  for (const file of rest) {
    const salt = file.head?.salt ?? (file.isMoving ? salts.get(file.place) : undefined);
    const number = salt === undefined ? undefined : numberOf.get(salt);
    if (salt !== undefined && number !== undefined && !isTaken(number)) add(file, number, salt);
    else if (salt === undefined) {
      if (!file.isEmpty) unreadable.push(file.path);
    } else if (dropped.get(file.place) !== salt) foreign.push(file.path);
  }
  own.sort((a, b) => a.number - b.number);
  return { own, foreign, unreadable, missing: [...salts.keys()].filter((one) => !isTaken(one)) };
}

interface File {
  readonly path: string;
  /** The number in its name. */
  readonly place: number;
  /** An interrupted repair left it under a temporary name. */
  readonly isMoving: boolean;
  readonly head: SegmentHead | undefined;
  /** A crash cut it short before it contained anything. */
  readonly isEmpty: boolean;
}

async function readFiles(folder: string): Promise<File[]> {
  const names = (await readdir(folder)).filter((name) => isSegmentName(name.replace(moving, "")));
  const files: File[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    const bytes = await readAsItIs(path);
    const isEmpty = readSegmentHead(bytes) === undefined && firstFrame(bytes) === bytes.length;
    const head = isEmpty
      ? undefined
      : salvageSegment(bytes, { salt: undefined, mostTorn: Infinity })?.head;
    const isMoving = moving.test(name);
    files.push({ path, place: Number.parseInt(name, 10), isMoving, head, isEmpty });
  }
  return files;
}

const moving = /\.moving$/;

/** The file whose head names most of the others; undefined if none names any, as in version 1. */
function findNewest(files: readonly File[]): File | undefined {
  const heads = files.filter(({ head }) => head?.before !== undefined);
  const namedBy = (file: File): number => {
    const named = new Set(file.head?.before?.values());
    return files.filter(({ head }) => head !== undefined && named.has(head.salt)).length;
  };
  const best = Math.max(-1, ...heads.map(namedBy));
  const newest = heads.findLast((file) => namedBy(file) === best);
  const others = files.filter(({ head }) => head !== undefined).length - 1;
  if (newest !== undefined && best * 2 < others) {
    throw new UsageError(
      `${newest.path} and the files next to it belong to multiple journals, and it is unclear which one is current`,
      {
        hint: "restore the folder from a backup, or move the files of all but the current journal elsewhere. Nothing was changed",
      },
    );
  }
  return newest;
}

/** Identifies files by their names: for version 1, which names no others, and for a single file. */
function byPlace(files: readonly File[]): Identification {
  const own = files.flatMap(({ place, path, head }) =>
    head === undefined ? [] : [{ number: place, path, salt: head.salt }],
  );
  const lost = files.filter(({ head, isEmpty }) => head === undefined && !isEmpty);
  return { own, foreign: [], unreadable: lost.map(({ path }) => path), missing: [] };
}

/** Salts of the segments that should exist and of those that were removed, by number. */
async function saltsFrom(
  newest: File,
  files: readonly File[],
): Promise<{ salts: Map<number, number>; dropped: Map<number, number> }> {
  const salts = new Map(newest.head?.before);
  const dropped = new Map<number, number>();
  let salt = newest.head?.salt;
  let file: File | undefined = newest;
  let number = await numberOf(newest, files, salts);
  while (file !== undefined && salt !== undefined && !salts.has(number)) {
    salts.set(number, salt);
    const salvage = salvageSegment(await readAsItIs(file.path), { salt, mostTorn: Infinity });
    file = undefined;
    for (const { change } of salvage === undefined ? [] : recordsOf(salvage)) {
      if (change.kind === "dropped") {
        salts.delete(change.segment);
        dropped.set(change.segment, change.salt);
      } else if (change.kind === "next") {
        ({ segment: number, salt } = change);
        file = files.find(
          ({ head, place }) =>
            head?.salt === change.salt || (head === undefined && place === change.segment),
        );
      }
    }
  }
  return { salts, dropped };
}

/**
 * A segment's number by the record that names it in the previous segment, or else by its file name.
 */
async function numberOf(
  { head, place }: File,
  files: readonly File[],
  salts: ReadonlyMap<number, number>,
): Promise<number> {
  const before = Math.max(0, ...salts.keys());
  const file = files.find((one) => one.head !== undefined && one.head.salt === salts.get(before));
  const bytes = file && (await readAsItIs(file.path));
  const salvage = bytes && salvageSegment(bytes, { salt: file.head?.salt, mostTorn: Infinity });
  for (const { change } of salvage === undefined ? [] : recordsOf(salvage)) {
    if (change.kind === "next" && change.salt === head?.salt) return change.segment;
  }
  return place > before ? place : before + 1;
}

/** The path at which a segment with that number belongs. */
export function placeOf(folder: string, { number }: Identified): string {
  return segmentPath(folder, number);
}
