import { randomInt } from "node:crypto";
import { lstatSync } from "node:fs";
import { copyFile, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { LayerkeepError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Folders } from "../root/folders.ts";
import { encodeSegmentHead } from "../store/journal/frame.ts";
import { Index } from "../store/index/stored-index.ts";
import { type Entry } from "../store/journal/entries.ts";
import { Journal } from "../store/journal/journal.ts";
import { digestPath, type Layout } from "../root/layout.ts";
import { segmentPath } from "../store/journal/segment.ts";
import { type SetAside, settingAside } from "../root/set-aside.ts";
import type { ContentProblem } from "./check-contents.ts";
import { type JournalCheck, type OwnSegment, repairedBytes, salvageFile } from "./check-journal.ts";
import type { Refetch, Refetched } from "./refetch.ts";

/** The outcome for a blob or manifest that could not be served. */
export type Outcome = "fetched" | "put back" | "removed" | "still missing";

export interface RepairOptions {
  readonly layout: Layout;
  readonly folders: Folders;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly isOwner: () => boolean;
  /** A process that lost the root may still have the journal's last segment open. */
  readonly replacesLast: boolean;
  /** Fetches lost content from another registry; undefined if none is given. */
  readonly refetch: Refetch | undefined;
  readonly onWarning: (message: string) => void;
}

/**
 * Repairs a journal: damaged segments are replaced by what can be saved of them, misplaced ones are
 * moved back, and a new segment names those that remain. The originals are copied or moved to the
 * set-aside folder. It may be interrupted at any point and run again.
 */
export async function repairJournal(check: JournalCheck, options: RepairOptions): Promise<void> {
  const { layout, folders } = options;
  const setAside = settingAside(layout);
  for (const path of [...check.foreign, ...check.unreadable]) setAside(path);
  const segments = await putInPlace(check.segments, options);
  for (const segment of segments) {
    if (!segment.isDamaged && !segment.isLast) continue;
    const salvage = await salvageFile(segment);
    if (salvage === undefined) continue;
    await keepCopy(segment.path, layout);
    const bytes = repairedBytes(salvage, segment.isLast, segment.number);
    await replaceFile(segment.path, bytes, folders);
  }
  const before = new Map(segments.map(({ number, salt }) => [number, salt]));
  const salt = randomInt(2 ** 32);
  const path = segmentPath(layout.journal, check.lastNumber + 1);
  await replaceFile(path, encodeSegmentHead({ salt, before }), folders);
}

/**
 * Restores content that another registry or a set-aside file has, and removes lost content from the
 * repositories, so that the next push brings it back.
 */
export async function repairContents(
  problems: readonly ContentProblem[],
  options: RepairOptions,
): Promise<ReadonlyMap<ContentProblem, Outcome>> {
  const { layout, folders, now, isOwner, replacesLast } = options;
  const index = new Index(now);
  const journal = new Journal(layout.journal, folders, index.apply.bind(index), {
    isOwner,
    replacesLast,
  });
  await journal.open();
  await journal.begin();
  const outcomes = new Map<ContentProblem, Outcome>();
  const setAside = settingAside(layout);
  try {
    for (const [digest, each] of groupByDigest(problems)) {
      const [first] = each;
      if (first === undefined) continue;
      const outcome = await giveBack(digest, each, { ...options, index, journal, setAside });
      for (const problem of each) outcomes.set(problem, outcome);
    }
  } finally {
    await journal.close();
  }
  return outcomes;
}

interface Parts extends RepairOptions {
  readonly index: Index;
  readonly journal: Journal;
  readonly setAside: SetAside;
}

async function giveBack(
  digest: Digest,
  problems: readonly ContentProblem[],
  parts: Parts,
): Promise<Outcome> {
  const { folders, index, journal, layout, now, refetch, setAside, onWarning } = parts;
  const path = digestPath(layout.blobs, digest);
  const known = index.contents.get(digest);
  const copy = problems.find((problem) => problem.copy !== undefined)?.copy;
  let found: Refetched | "stored" | undefined;
  try {
    if (copy === undefined) found = await refetch?.(digest, problems, folders.temporaryPath());
    else found = copy === "stored" ? copy : { kind: "file", ...copy };
  } catch (error) {
    // It is not known to be lost, so it is left as it is.
    if (!(error instanceof LayerkeepError)) throw error;
    onWarning(`${digest} could not be fetched: ${error.message}`);
    return "still missing";
  }
  if (found === undefined) {
    const stored = problems.filter(({ isUnlinked }) => !isUnlinked);
    if (stored.length === 0) return "still missing";
    await journal.append(stored.flatMap((one) => removal(one, index)));
    if (known !== undefined && known.offset < 0) setAsideIfThere(path, setAside);
    return "removed";
  }
  const entries: Entry[] = [];
  if (found === "stored") {
    // Only the repositories' records of it are missing.
  } else if (found.kind === "bytes") {
    const change = { kind: "content", digest, size: found.bytes.length } as const;
    entries.push({ change, bytes: found.bytes });
  } else {
    if (found.path !== path) {
      setAsideIfThere(path, setAside);
      await folders.ensure(dirname(path));
      await rename(found.path, path);
      await folders.sync(dirname(path));
    }
    entries.push({ change: { kind: "file", digest, size: found.size } });
  }
  for (const { kind, repository, isUnlinked } of problems) {
    if (isUnlinked) entries.push({ change: { kind, repository, digest, at: now() } });
  }
  await journal.append(entries);
  return copy === undefined ? "fetched" : "put back";
}

/** A manifest is removed together with the tags that name it. */
function removal({ kind, repository, digest }: ContentProblem, index: Index): Entry[] {
  if (kind === "blob") return [{ change: { kind: "unblob", repository, digest } }];
  const tags = [...(index.repositories.get(repository)?.tags ?? [])];
  const named = tags.filter(([, entry]) => entry.digest === digest);
  return [
    ...named.map(([tag]): Entry => ({ change: { kind: "untag", repository, tag } })),
    { change: { kind: "unmanifest", repository, digest } },
  ];
}

function groupByDigest(
  problems: readonly ContentProblem[],
): ReadonlyMap<Digest, readonly ContentProblem[]> {
  const groups = new Map<Digest, ContentProblem[]>();
  for (const problem of problems) {
    groups.set(problem.digest, [...(groups.get(problem.digest) ?? []), problem]);
  }
  return groups;
}

/** Copies each file first: a crash halfway would otherwise lose the one whose place is taken. */
async function putInPlace(
  segments: readonly OwnSegment[],
  { layout, folders }: RepairOptions,
): Promise<readonly OwnSegment[]> {
  const placed = segments.map((segment) => ({
    ...segment,
    path: segmentPath(layout.journal, segment.number),
  }));
  const moves = segments.flatMap(({ path }, at) => {
    const to = placed[at]?.path ?? path;
    return to === path ? [] : [{ from: path, through: `${to}.moving`, to }];
  });
  for (const { from } of moves) await keepCopy(from, layout);
  // Two files may have swapped places.
  for (const { from, through } of moves) if (from !== through) await rename(from, through);
  for (const { through, to } of moves) await rename(through, to);
  if (moves.length > 0) await folders.sync(layout.journal);
  return placed;
}

async function keepCopy(path: string, { root, setAside }: Layout): Promise<void> {
  const wanted = join(setAside, relative(root, path));
  await mkdir(dirname(wanted), { recursive: true, mode: 0o700 });
  const copy = `${wanted}.before-repair-${Date.now()}`;
  await copyFile(path, copy);
  const file = await open(copy, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function replaceFile(path: string, bytes: Uint8Array, folders: Folders): Promise<void> {
  const staged = folders.temporaryPath();
  await folders.ensure(dirname(staged));
  const file = await open(staged, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(staged, path);
  await folders.sync(dirname(path));
}

function setAsideIfThere(path: string, setAside: SetAside): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) setAside(path);
}
