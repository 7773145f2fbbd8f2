import { type FileStats, hasSameNames, isUntouched } from "./file-stats.ts";

/** What does not hang on the rules: read once, however many rules it is read with. */
export interface EntryContent {
  /** `none`: something was looked for there, and is not there. `git`: a repository's `.git`. */
  readonly type: "file" | "dir" | "link" | "fifo" | "device" | "none" | "git";
  /** All permission bits, set-user-id and their like included. */
  readonly mode: number;
  /** The content's sha256, the link's target, the device's number, or what of a `.git` counts. */
  readonly content: string;
  /** Of a file, in bytes. */
  readonly size: number;
  /** Of a file whose time was set by hand: that time and the content. */
  readonly settled?: string;
  /** The extended attributes that count, if there are any. */
  readonly attributes?: string;
}

/**
 * What was read of files, kept between looks at the same contexts. A file whose device, inode,
 * size, mode and times are those of the last look is not read again. Holds absolute paths.
 */
export interface ContentMemory {
  /** This moment, for `changedSince` and for a hasher's `since`. */
  mark(): number;
  /**
   * What was seen to be different, new or gone since a mark: absolute paths, in order. A folder in
   * which a name came or went has a `/` at its end. What is in a `.git` is left out.
   */
  changedSince(mark: number): readonly string[];
  /** Called with all names of a folder whenever it is listed. */
  listed(folder: string, names: readonly string[]): void;
  /** What was read of a file, if it certainly is as it was then. */
  recall(file: string, stats: FileStats): EntryContent | undefined;
  /** `stats` are from before the reading. */
  remember(file: string, stats: FileStats, content: EntryContent): void;
  /** The mark after which the difference was seen; 0 if there was none. */
  changedAt(file: string): number;
  /** The extended attributes that were read of a file, if they certainly are as they were then. */
  recallAttributes(file: string, stats: FileStats): Attributes | undefined;
  /** `stats` are from before the reading. */
  rememberAttributes(file: string, stats: FileStats, attributes: Attributes): void;
  /** What was worked out of contents, such as what filters leave of them; `key` names them. */
  readonly derived: Map<string, string | undefined>;
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
  /** Names that came into a folder or left it after it was first listed. */
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
      // What came is known once it was read; what is never taken is nobody's business.
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
