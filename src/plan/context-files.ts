import { hash } from "node:crypto";
import type { FileFilter } from "../config/config.ts";
import { readIgnoreRules } from "../dockerfile/ignore-file.ts";
import { compileGlobs, compileIgnore, type PathRules } from "../dockerfile/ignore.ts";
import { isRemoteContext } from "../dockerfile/remote-source.ts";
import type { FileSelection } from "../dockerfile/sources.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { type ContentMemory, createContentMemory } from "./content-memory.ts";
import {
  type ContextEntry,
  type ContextReader,
  createContextReader,
  requireFolder,
} from "./context-reader.ts";
import { ContextTree } from "./context-tree.ts";
import type { ContentFilter, FilterServices } from "./filters/content-filter.ts";
import { groupEntries, lineOf } from "./group-entries.ts";
import { takeFiles } from "./take-files.ts";

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
  readonly warnings: readonly string[];
  /** What differs between machines that have the same commit checked out. */
  readonly differs: readonly string[];
  /**
   * A short hash of the files whose time was set by hand, as unpacking an archive does: their
   * paths, modes, sizes, times and contents. Empty if there are none. Two such files may differ in
   * content alone, which BuildKit does not notice between two contexts of one name
   * (https://github.com/moby/buildkit/issues/4950).
   */
  readonly settled: string;
  /**
   * What of it was seen to change since the hasher's mark, although it may be as it was again:
   * paths from the context's top. A folder in which a name came or went has a `/` at its end.
   */
  readonly changed: readonly string[];
}

export interface ContextOptions {
  /** What the ignore file leaves out: its rules, or whose it is. */
  readonly ignore?: PathRules | IgnoreFile;
  /** Globs that narrow the context, at the user's word. None: all of it. */
  readonly inputs?: readonly string[];
  /** What of a file counts, at the user's word. None: all of it. */
  readonly filters?: readonly FileFilter[];
  /** What is taken. Undefined: all of it. */
  readonly sources?: readonly FileSelection[] | undefined;
}

/** The context's own ignore file, or the one beside the Dockerfile, which is absolute. */
export interface IgnoreFile {
  readonly dockerfile: string | undefined;
}

export type ContextHasher = (root: string, options?: ContextOptions) => Promise<ContextHash>;

/**
 * The hash of what BuildKit sees of a context: of each entry that is taken, its path, type, full
 * mode and content or link target; owners and times do not count (BuildKit: cache/contenthash,
 * and the client, which clears them). The files are those on disk, whatever git thinks of them. A
 * context that is a URL or a git reference is told by its reference alone. Throws a usage error
 * that names a file that cannot be read or that goes while it is read.
 */
export function hashContext(root: string, options: ContextOptions = {}): Promise<ContextHash> {
  return createContextHasher()(root, options);
}

/** What hashing needs of the world. `root` and `run` are for filters. */
export interface HasherServices extends Partial<FilterServices> {
  /** What earlier hashers read. None: every file is read. */
  readonly memory?: ContentMemory | undefined;
  /** The memory's mark that `changed` is counted from; 0: all that the memory saw change. */
  readonly since?: number | undefined;
}

/**
 * Hashes contexts, the same sources of the same one only once, and each file only once, however
 * many contexts it is in. Files are taken not to change while the hasher is in use: for another
 * look at them make another one, with the same memory.
 */
export function createContextHasher(services: HasherServices = {}): ContextHasher {
  const { root: base = "", run = runNothing, since = 0 } = services;
  const memory = services.memory ?? createContentMemory();
  const reader = createContextReader(memory);
  const trees = new Map<string, Promise<HashedTree>>();
  const known = new Map<string, Promise<ContextHash>>();
  const rules = new Map<string, PathRules>();
  const rulesOf = (root: string, ignore: PathRules | IgnoreFile): PathRules => {
    if (!("dockerfile" in ignore)) return ignore;
    const key = JSON.stringify([root, ignore.dockerfile]);
    const read = rules.get(key) ?? readIgnoreRules(root, ignore.dockerfile);
    rules.set(key, read);
    return read;
  };
  return async (root, options = {}) => {
    const { inputs = [], filters = [], sources = [allFiles] } = options;
    const ignore = rulesOf(root, options.ignore ?? noRules);
    const treeKey = JSON.stringify([root, ignore.key, inputs, filters]);
    const key = JSON.stringify([treeKey, sources.map(keyOf)]);
    const hashed = known.get(key) ?? hashTaken();
    known.set(key, hashed);
    return hashed;

    async function hashTaken(): Promise<ContextHash> {
      if (isRemoteContext(root)) return hashRemote(root, sources.length);
      const opened = trees.get(treeKey) ?? open();
      trees.set(treeKey, opened);
      return combine(root, sources.map(await opened), sources);
    }

    async function open(): Promise<HashedTree> {
      const filter = await filterOf(filters, { root: base === "" ? root : base, run }, memory);
      return openTree(root, reader, { ignore, inputs, filter }, { memory, since });
    }
  };
}

/** Few configs have filters, and what normalises takes long to load. */
async function filterOf(
  filters: readonly FileFilter[],
  services: FilterServices,
  { derived }: ContentMemory,
): Promise<ContentFilter | undefined> {
  if (filters.length === 0) return undefined;
  const { createContentFilter } = await import("./filters/content-filter.ts");
  return createContentFilter(filters, services, derived);
}

const runNothing = (): undefined => undefined;
const noRules = compileIgnore("");
const allFiles: FileSelection = {
  path: "",
  wildcard: false,
  include: undefined,
  exclude: [],
  picked: false,
};

/** What one source takes. */
interface TakenFiles {
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
  readonly entries: Readonly<Record<string, string>>;
  readonly holdsGit: boolean;
  readonly oddModes: boolean;
  readonly settled: readonly string[];
  readonly changed: readonly string[];
}

/** Tells what changed since a mark. */
interface Watch {
  readonly memory: ContentMemory;
  readonly since: number;
}

interface TreeRules {
  readonly ignore: PathRules;
  readonly inputs: readonly string[];
  readonly filter: ContentFilter | undefined;
}

type HashedTree = (files: FileSelection) => TakenFiles;

/** A tree that is asked for each distinct source once. */
function openTree(
  root: string,
  reader: ContextReader,
  { ignore, inputs, filter }: TreeRules,
  { memory, since }: Watch,
): HashedTree {
  requireFolder(root);
  const globs = inputs.length === 0 ? undefined : compileGlobs(inputs);
  const tree = new ContextTree(root, reader, ignore, globs, filter);
  const known = new Map<string, TakenFiles>();
  const isChanged = ({ path }: ContextEntry): boolean =>
    memory.mark() > since && memory.changedAt(`${root}/${path}`) > since;
  return (files) => {
    const key = keyOf(files);
    const taken = known.get(key) ?? summarise(takeFiles(tree, files), isChanged);
    known.set(key, taken);
    return taken;
  };
}

function keyOf({ path, wildcard, include, exclude, picked }: FileSelection): string {
  return JSON.stringify([path, wildcard, include ?? null, exclude, picked]);
}

function summarise(
  entries: readonly ContextEntry[],
  isChanged: (entry: ContextEntry) => boolean,
): TakenFiles {
  let [files, bytes, holdsGit, oddModes] = [0, 0, false, false];
  const settled: string[] = [];
  const changed: string[] = [];
  for (const entry of entries) {
    const { type, path, size, mode } = entry;
    const inGit = path === ".git" || path.startsWith(".git/");
    if (inGit) holdsGit = true;
    else if (isChanged(entry)) changed.push(type === "dir" ? `${path}/` : path);
    if (entry.settled !== undefined) settled.push(`${path}\0${mode}\0${size}\0${entry.settled}`);
    if (type === "dir" || type === "none") continue;
    files++;
    bytes += size;
    if (type === "file" && !inGit && mode !== 0o644 && mode !== 0o755) oddModes = true;
  }
  return {
    digest: hash("sha256", entries.map(lineOf).join("")),
    files,
    bytes,
    entries: groupEntries(entries),
    holdsGit,
    oddModes,
    settled,
    changed,
  };
}

function combine(
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
    warnings: [
      ...(taken.some(({ holdsGit }) => holdsGit)
        ? [
            `the context ${root} holds .git, which changes with every commit: what copies the whole context is never built once and reused (leave it out with a line ".git" in .dockerignore)`,
          ]
        : []),
    ],
    differs: [
      ...(taken.some(({ oddModes }) => oddModes)
        ? [
            `files of the context ${root} have modes that git does not keep (it keeps 644 and 755): where the umask is another, the same commit has another digest`,
          ]
        : []),
    ],
    settled: settledOf(taken),
    changed: [...new Set(taken.flatMap(({ changed }) => changed))].sort(),
  };
}

function settledOf(taken: readonly TakenFiles[]): string {
  const all = new Set(taken.flatMap(({ settled }) => settled));
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

function hashRemote(ref: string, sources: number): ContextHash {
  const digest = digestOf(`layerkeep.context.v2 remote\0${ref}`);
  const each = new Array<string>(sources).fill(digest.slice(7, 19));
  return {
    digest,
    files: 0,
    bytes: 0,
    entries: {},
    sources: each,
    warnings: [],
    differs: [],
    settled: "",
    changed: [],
  };
}
