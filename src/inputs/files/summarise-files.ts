import type { Digest } from "../../oci/digest.ts";
import { hash } from "node:crypto";
import type { FileSelection } from "../../dockerfile/stages/sources.ts";
import { digestOf } from "../../oci/digest.ts";
import type { ContextEntry } from "./context-reader.ts";
import { groupEntries, lineOf } from "./group-entries.ts";

/** What is taken from a build context, told by a digest. */
export interface ContextHash {
  readonly digest: Digest;
  /** Entries that are not folders; what several sources take counts for each. */
  readonly files: number;
  readonly bytes: number;
  /** Short digests of at most 64 files, or of folders where there are more, to tell what changed. */
  readonly entries: Readonly<Record<string, string>>;
  /** A short digest of what each of the sources takes, in their order. */
  readonly sources: readonly string[];
  /** Sentences: what may differ between two checkouts of the same commit. */
  readonly differs: readonly string[];
  /**
   * A short hash of the files whose time was set by hand, as unpacking an archive does: their
   * paths, modes, sizes, times and contents. Empty if there are none. Two such files may differ in
   * content alone, which BuildKit does not notice between two contexts of one name
   * (https://github.com/moby/buildkit/issues/4950).
   */
  readonly settled: string;
  /**
   * A short hash of which folders the files are in: device, inode and time of birth. A folder that
   * takes another's place brings files whose times may be those of the other's.
   */
  readonly places: string;
  /**
   * What of it was seen to change since the hasher's mark, although it may be as it was again:
   * paths from the context's top. A folder in which a name came or went has a `/` at its end.
   */
  readonly changed: readonly string[];
}

/** What one source takes. */
export interface TakenFiles {
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
  readonly entries: Readonly<Record<string, string>>;
  /** Whether something of a `.git` is taken: as one entry, or as the bytes that it is made of. */
  readonly git: "state" | "bytes" | undefined;
  readonly oddModes: boolean;
  readonly settled: readonly string[];
  readonly changed: readonly string[];
  /** The folders that the files are in, and which ones they are on this machine. */
  readonly folders: readonly string[];
}

/** One source's entries as one. */
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
    folders: [],
  };
}

function isInGit(path: string): boolean {
  return path.includes(".git") && /(?:^|\/)\.git(?:\/|$)/.test(path);
}

/** What a context's sources take, as one. */
export function combine(
  root: string,
  taken: readonly TakenFiles[],
  sources: readonly FileSelection[],
): ContextHash {
  const keyed = sources.map((source, at) => [keyOf(source), taken[at]?.digest ?? ""]);
  // The order of sources is the Dockerfile's business.
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
  };
}

function gitWarnings(root: string, taken: readonly TakenFiles[]): readonly string[] {
  const leaveOut = 'If no build step reads it, leave it out with a line ".git" in .dockerignore';
  if (taken.some(({ git }) => git === "bytes")) {
    return [
      `the context ${root} holds .git, and git cannot say which commit it is at, so all of its bytes count. They differ between clones: what copies them is hardly ever reused. ${leaveOut}`,
    ];
  }
  if (taken.every(({ git }) => git === undefined)) return [];
  return [
    `the context ${root} holds .git, which counts by its commit, branch and tag alone: a leg is reused for another clone of the same commit, with the version that it was built with, even if the clones differ in depth, fetched tags or local changes (git describe --dirty). ${leaveOut}`,
  ];
}

function modeWarnings(root: string, taken: readonly TakenFiles[]): readonly string[] {
  if (!taken.some(({ oddModes }) => oddModes)) return [];
  return [
    `files of the context ${root} have modes that git does not keep (it keeps 644 and 755): where the umask is another, the same commit has another digest`,
  ];
}

/**
 * What BuildKit does not compare of a file that it was sent before under the same path: it looks
 * at size, mode and time (fsutil: diff_containerd.go). Undefined if these tell two contents apart.
 */
function settledOf({ path, mode, size, settled, attributes }: ContextEntry): string | undefined {
  if (settled === undefined && attributes === undefined) return undefined;
  return [path, mode, size, settled ?? "", attributes ?? ""].join("\0");
}

function joinShort(lines: readonly string[]): string {
  const all = new Set(lines);
  return all.size === 0 ? "" : hash("sha256", [...all].sort().join("\0\0")).slice(0, 12);
}

/** Where single files are too many together, each source is one entry. */
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
