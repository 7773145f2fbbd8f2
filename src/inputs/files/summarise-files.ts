import type { Digest } from "../../oci/digest.ts";
import { hash } from "node:crypto";
import type { FileSelection } from "../../dockerfile/stages/sources.ts";
import { digestOf } from "../../oci/digest.ts";
import type { ContextEntry } from "./context-reader.ts";
import type { Additions } from "../additions.ts";
import { groupEntries, lineOf } from "./group-entries.ts";

/** What is taken from a build context, with its digest. */
export interface ContextHash {
  readonly digest: Digest;
  /** Entries that are not folders; one that several sources take counts for each. */
  readonly files: number;
  readonly bytes: number;
  /** Short digests of at most 64 files, or of folders if there are more, to show what changed. */
  readonly entries: Readonly<Record<string, string>>;
  /** A short digest of what each source takes, in the sources' order. */
  readonly sources: readonly string[];
  /** Sentences about what may differ between two checkouts of one commit. */
  readonly differs: readonly string[];
  /**
   * A short hash of the files whose time was set, as unpacking an archive does: their paths, modes,
   * sizes, times and contents. Empty if there are none. Two such files may differ only in content,
   * which BuildKit does not notice between two contexts of one name
   * (https://github.com/moby/buildkit/issues/4950).
   */
  readonly settled: string;
  /**
   * A short hash of the folders that the files are in: device, inode and birth time. A folder that
   * replaces another may contain files with the same times.
   */
  readonly places: string;
  /**
   * Paths that were seen to change since the hasher's mark, even if they were restored: relative to
   * the context. A folder in which a name appeared or vanished ends with `/`.
   */
  readonly changed: readonly string[];
  readonly additions: Additions;
}

/** What one source takes. */
export interface TakenFiles {
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
  readonly entries: Readonly<Record<string, string>>;
  /** Whether something of a `.git` is taken: as one entry, or as its bytes. */
  readonly git: "state" | "bytes" | undefined;
  readonly oddModes: boolean;
  readonly settled: readonly string[];
  readonly changed: readonly string[];
  readonly additions: Additions;
  /** The folders that contain the files, and their identity on this machine. */
  readonly folders: readonly string[];
}

/** Combines one source's entries. */
export function summarise(
  entries: readonly ContextEntry[],
  isChanged: (entry: ContextEntry) => boolean,
): TakenFiles {
  let [files, bytes, oddModes] = [0, 0, false];
  let git: TakenFiles["git"];
  const settled: string[] = [];
  const changed: string[] = [];
  for (const entry of entries) {
    const { type, path, size, mode } = entry;
    const inGit = isInGit(path);
    if (type === "git") git ??= "state";
    else if (inGit && type !== "dir" && type !== "none") git = "bytes";
    else if (isChanged(entry)) changed.push(type === "dir" ? `${path}/` : path);
    const settledLine = settledOf(entry);
    if (settledLine !== undefined) settled.push(settledLine);
    if (type === "dir" || type === "none" || type === "git") continue;
    files++;
    bytes += size;
    if (type === "file" && !inGit && mode !== 0o644 && mode !== 0o755) oddModes = true;
  }
  return {
    digest: hash("sha256", entries.map(lineOf).join("")),
    files,
    bytes,
    entries: groupEntries(entries),
    git,
    oddModes,
    settled,
    changed,
    additions: additionsIn(entries),
    folders: [],
  };
}

function additionsIn(entries: readonly ContextEntry[]): Additions {
  const filtered = entries.filter(({ additions }) => additions !== undefined);
  const named = filtered.flatMap(({ path, additions = {} }) =>
    Object.entries(additions).map(([name, sum]) => [`${path}: ${name}`, sum] as const),
  );
  return Object.fromEntries(named);
}

function isInGit(path: string): boolean {
  return path.includes(".git") && /(?:^|\/)\.git(?:\/|$)/.test(path);
}

/** Combines what a context's sources take. */
export function combine(
  root: string,
  taken: readonly TakenFiles[],
  sources: readonly FileSelection[],
): ContextHash {
  const keyed = sources.map((source, at) => [keyOf(source), taken[at]?.digest ?? ""]);
  // The order of sources belongs to the Dockerfile.
  const sorted = keyed.map((pair) => JSON.stringify(pair)).sort();
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    digest: digestOf(`layerkeep.context.v2\0${[...new Set(sorted)].join("\0")}`),
    files: sum(taken.map(({ files }) => files)),
    bytes: sum(taken.map(({ bytes }) => bytes)),
    entries: mergeEntries(taken, sources),
    sources: taken.map(({ digest }) => digest.slice(0, 12)),
    differs: [...gitWarnings(root, taken), ...modeWarnings(root, taken)],
    settled: joinShort(taken.flatMap(({ settled }) => settled)),
    places: joinShort(taken.flatMap(({ folders }) => folders)),
    changed: [...new Set(taken.flatMap(({ changed }) => changed))].sort(),
    additions: Object.fromEntries(taken.flatMap(({ additions }) => Object.entries(additions))),
  };
}

function gitWarnings(root: string, taken: readonly TakenFiles[]): readonly string[] {
  const leaveOut =
    'If no build step reads .git, exclude it by adding the line ".git" to .dockerignore';
  if (taken.some(({ git }) => git === "bytes")) {
    return [
      `the context ${root} contains .git, but git cannot read the commit, so all files in .git count as inputs. These files differ between clones, so legs that copy them are rarely reused. ${leaveOut}`,
    ];
  }
  if (taken.every(({ git }) => git === undefined)) return [];
  return [
    `the context ${root} contains .git, but only the commit, branch and tag count as inputs. Clones of the same commit share a leg, even if their depth, fetched tags or local changes differ (so a version from git describe --dirty may be wrong). ${leaveOut}`,
  ];
}

function modeWarnings(root: string, taken: readonly TakenFiles[]): readonly string[] {
  if (!taken.some(({ oddModes }) => oddModes)) return [];
  return [
    `some files in the context ${root} have modes that git does not preserve (other than 644 and 755). With a different umask, the same commit gets a different input digest`,
  ];
}

/**
 * What BuildKit does not compare of a file that it received before under the same path: it compares
 * size, mode and time (fsutil: diff_containerd.go). Undefined if these distinguish two contents.
 */
function settledOf({ path, mode, size, settled, attributes }: ContextEntry): string | undefined {
  if (settled === undefined && attributes === undefined) return undefined;
  return [path, mode, size, settled ?? "", attributes ?? ""].join("\0");
}

function joinShort(lines: readonly string[]): string {
  const all = new Set(lines);
  return all.size === 0 ? "" : hash("sha256", [...all].sort().join("\0\0")).slice(0, 12);
}

/** If there are too many single files, each source is one entry. */
function mergeEntries(
  taken: readonly TakenFiles[],
  sources: readonly FileSelection[],
): Readonly<Record<string, string>> {
  const merged = new Map<string, string>();
  for (const { entries } of new Set(taken)) {
    for (const [path, digest] of Object.entries(entries)) {
      const before = merged.get(path);
      const both = before === undefined || before === digest ? digest : `${before}+${digest}`;
      merged.set(path, both);
    }
  }
  if (merged.size <= mostEntries) return inOrder(merged);
  const whole = sources.map(
    ({ path }, at) => [path, taken[at]?.digest.slice(0, 12) ?? ""] as const,
  );
  return whole.length <= mostEntries ? inOrder(new Map(whole)) : {};
}

const mostEntries = 64;

function inOrder(entries: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A selection as a key. */
export function keyOf({ path, wildcard, include, exclude, picked }: FileSelection): string {
  return JSON.stringify([path, wildcard, include ?? null, exclude, picked]);
}
