import type { BigIntStats } from "node:fs";
import type { EntryContent } from "./context-reader.ts";

/**
 * What was read of files, kept between looks at the same contexts. A file whose device, inode,
 * size, mode and times are those of the last look is not read again. Holds absolute paths.
 */
export interface ContentMemory {
  /** This moment, for `changedSince` and for a hasher's `since`. */
  mark(): number;
  /**
   * What was seen to be different, new or gone since a mark: absolute paths, in order. A folder in
   * which a name came or went has a `/` at its end.
   */
  changedSince(mark: number): readonly string[];
  /** Called with all names of a folder whenever it is listed. */
  listed(folder: string, names: readonly string[]): void;
  /** What was read of a file, if it certainly is as it was then. */
  recall(file: string, stats: BigIntStats): EntryContent | undefined;
  /** `stats` are from before the reading. */
  remember(file: string, stats: BigIntStats, content: EntryContent): void;
  /** The mark after which the difference was seen; 0 if there was none. */
  changedAt(file: string): number;
  /** What was worked out of contents, such as what filters leave of them; `key` names them. */
  readonly derived: Map<string, string | undefined>;
}

interface Known {
  readonly signature: string;
  readonly content: EntryContent;
  /** Changed so shortly before it was read that a later change could have the same times. */
  readonly racy: boolean;
  readonly isFolder: boolean;
  readonly changedAt: number;
}

/**
 * Two changes within one tick of a file system's clock leave the same times (git calls such files
 * racy: Documentation/technical/racy-git.txt). The coarsest clock in use, FAT's, ticks every two
 * seconds. Milliseconds.
 */
const raceMs = 2100;

/** `now` is the clock that stamps files, in milliseconds since 1970. */
export function createContentMemory(now: () => number = Date.now): ContentMemory {
  const known = new Map<string, Known>();
  const listings = new Map<string, readonly string[]>();
  /** Names that came into a folder or left it after it was first listed. */
  const moved = new Map<string, number>();
  let moment = 0;
  const listed = (folder: string, names: readonly string[]): void => {
    const before = listings.get(folder);
    listings.set(folder, names);
    if (before === undefined || isSame(before, names)) return;
    const [was, is] = [new Set(before), new Set(names)];
    for (const name of names) if (!was.has(name)) moved.set(`${folder}/${name}`, ++moment);
    for (const name of before) {
      const path = `${folder}/${name}`;
      if (!is.has(name) && known.delete(path)) moved.set(path, ++moment);
    }
  };
  const remember = (file: string, stats: BigIntStats, content: EntryContent): void => {
    const signature = signatureOf(stats);
    const before = known.get(file);
    const isChanged =
      before === undefined
        ? moved.has(file)
        : before.signature !== signature || before.content.content !== content.content;
    known.set(file, {
      signature,
      content,
      racy: Number(stats.ctimeNs / 1_000_000n) > now() - raceMs,
      isFolder: stats.isDirectory(),
      changedAt: isChanged ? ++moment : (before?.changedAt ?? 0),
    });
  };
  return {
    mark: () => moment,
    changedSince: (mark) => {
      const paths = [...known]
        .filter(([, { changedAt }]) => changedAt > mark)
        .map(([path, { isFolder }]) => (isFolder ? `${path}/` : path));
      // What came is known once it was read; what is never taken is nobody's business.
      const gone = [...moved].filter(([path, at]) => at > mark && !listedAt(listings, path));
      return [...paths, ...gone.map(([path]) => path)].sort();
    },
    listed,
    recall: (file, stats) => {
      const before = known.get(file);
      if (before === undefined || before.racy) return undefined;
      return before.signature === signatureOf(stats) ? before.content : undefined;
    },
    remember,
    changedAt: (file) => known.get(file)?.changedAt ?? 0,
    derived: new Map(),
  };
}

/** A folder's size and change time also move with what is done to its own metadata by others. */
function signatureOf(stats: BigIntStats): string {
  const { dev, ino, size, mode, mtimeNs, ctimeNs } = stats;
  if (stats.isDirectory()) return `${dev} ${ino} ${mode} ${mtimeNs}`;
  return `${dev} ${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}`;
}

function listedAt(listings: ReadonlyMap<string, readonly string[]>, path: string): boolean {
  const at = path.lastIndexOf("/");
  return listings.get(path.slice(0, at))?.includes(path.slice(at + 1)) === true;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}
