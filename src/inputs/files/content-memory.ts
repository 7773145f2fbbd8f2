import type { CountedContent } from "../filters/content-filter.ts";
import { type FileStats, hasSameNames, isUntouched } from "./file-stats.ts";

/** The part of an entry that does not depend on the rules: read once for all rules. */
export interface EntryContent {
  /** `none`: a path that was looked up and not found. `git`: a repository's `.git`. */
  readonly type: "file" | "dir" | "link" | "fifo" | "device" | "none" | "git";
  /** All permission bits, set-user-id and the like included. */
  readonly mode: number;
  /** The content's sha256, the link's target, the device's number, or the state of a `.git`. */
  readonly content: string;
  /** Size of a file in bytes. */
  readonly size: number;
  /** For a file whose time was set: that time and the content. */
  readonly settled?: string;
  /** The extended attributes that count, if there are any. */
  readonly attributes?: string;
}

/**
 * What was read of files, kept between reads of the same contexts. A file with the same device,
 * inode, size, mode and times is not read again. Holds absolute paths.
 */
export interface ContentMemory {
  /** The current moment, for `changedSince` and for a hasher's `since`. */
  mark(): number;
  /**
   * Paths that were seen to be changed, added or deleted since a mark: absolute, sorted. A folder
   * in which a name appeared or vanished ends with `/`. Content of a `.git` is left out.
   */
  changedSince(mark: number): readonly string[];
  /** Called with all names of a folder whenever it is listed. */
  listed(folder: string, names: readonly string[]): void;
  /** What was read of a file, if it is certain not to have changed since. */
  recall(file: string, stats: FileStats): EntryContent | undefined;
  /** `stats` are from before the read. */
  remember(file: string, stats: FileStats, content: EntryContent): void;
  /** The mark after which the difference was seen; 0 if there was none. */
  changedAt(file: string): number;
  /** The extended attributes read of a file, if they are certain not to have changed since. */
  recallAttributes(file: string, stats: FileStats): Attributes | undefined;
  /** `stats` are from before the read. */
  rememberAttributes(file: string, stats: FileStats, attributes: Attributes): void;
  /** What filters made of contents; `key` identifies them. */
  readonly derived: Map<string, CountedContent | undefined>;
}

/** A file's extended attributes that count; undefined if it has none. */
interface Attributes {
  readonly value: string | undefined;
}

interface Seen extends Attributes {
  readonly stats: FileStats;
  readonly racy: boolean;
}

interface Known {
  readonly stats: FileStats;
  readonly content: EntryContent;
  /** Changed so shortly before it was read that a later change could have the same times. */
  readonly racy: boolean;
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
  /** Names that were added to a folder, or deleted from it, after it was first listed. */
  const moved = new Map<string, number>();
  const attributes = new Map<string, Seen>();
  let moment = 0;
  const isRacy = ({ ctime }: FileStats): boolean => Number(ctime / 1_000_000n) > now() - raceMs;
  const listed = (folder: string, names: readonly string[]): void => {
    const before = listings.get(folder);
    listings.set(folder, names);
    if (before === undefined || isSameList(before, names)) return;
    const [was, is] = [new Set(before), new Set(names)];
    for (const name of names) if (!was.has(name)) moved.set(`${folder}/${name}`, ++moment);
    for (const name of before) {
      const path = `${folder}/${name}`;
      if (!is.has(name) && known.delete(path)) moved.set(path, ++moment);
    }
  };
  const remember = (file: string, stats: FileStats, content: EntryContent): void => {
    const before = known.get(file);
    const isChanged =
      before === undefined
        ? moved.has(file)
        : !isSame(before.stats, stats) || before.content.content !== content.content;
    known.set(file, {
      stats,
      content,
      racy: isRacy(stats),
      changedAt: isChanged ? ++moment : (before?.changedAt ?? 0),
    });
  };
  return {
    mark: () => moment,
    changedSince: (mark) => {
      const paths = [...known]
        .filter(([, { changedAt }]) => changedAt > mark)
        .map(([path, { stats }]) => (stats.type === "dir" ? `${path}/` : path));
      // An added name is known once it was read; one that is never taken does not matter.
      const gone = [...moved].filter(([path, at]) => at > mark && !listedAt(listings, path));
      const changed = [...paths, ...gone.map(([path]) => path)];
      return changed.filter((path) => !/\/\.git(?:\/|$)/.test(path)).sort();
    },
    listed,
    recall: (file, stats) => {
      const before = known.get(file);
      if (before === undefined || before.racy) return undefined;
      return isSame(before.stats, stats) ? before.content : undefined;
    },
    remember,
    changedAt: (file) => known.get(file)?.changedAt ?? 0,
    recallAttributes: (file, stats) => {
      const before = attributes.get(file);
      return before?.racy === false && isUntouched(before.stats, stats) ? before : undefined;
    },
    rememberAttributes: (file, stats, { value }) => {
      attributes.set(file, { value, stats, racy: isRacy(stats) });
    },
    derived: new Map(),
  };
}

function isSame(one: FileStats, other: FileStats): boolean {
  return one.type === "dir" ? hasSameNames(one, other) : isUntouched(one, other);
}

function listedAt(listings: ReadonlyMap<string, readonly string[]>, path: string): boolean {
  const at = path.lastIndexOf("/");
  return listings.get(path.slice(0, at))?.includes(path.slice(at + 1)) === true;
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}
