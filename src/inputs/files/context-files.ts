import { type ContextHash } from "./summarise-files.ts";
import type { FileFilter } from "../../config/config.ts";
import { readIgnoreRules } from "../../dockerfile/ignore/ignore-file.ts";
import { compileIgnore, type PathRules } from "../../dockerfile/ignore/ignore.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import type { FileSelection } from "../../dockerfile/stages/sources.ts";
import { digestOf } from "../../oci/digest.ts";
import { type ContentMemory, createContentMemory } from "./content-memory.ts";
import { createContextReader } from "./context-reader.ts";
import { createFileAttributes, type ReadAttributes } from "./file-attributes.ts";
import type { ContentFilter, FilterServices } from "../filters/content-filter.ts";
import type { ReadGitState } from "./git-state.ts";
import { type HashedTree, openTree } from "./hash-tree.ts";
import { combine, keyOf } from "./summarise-files.ts";

export interface ContextOptions {
  /** The ignore rules, or which ignore file to read. */
  readonly ignore?: PathRules | IgnoreFile;
  /** Globs that narrow the context, as the user asked. None: all of it. */
  readonly inputs?: readonly string[];
  /** Which content of a file counts, as the user asked. None: all of it. */
  readonly filters?: readonly FileFilter[];
  /** What is taken. Undefined: all of it. */
  readonly sources?: readonly FileSelection[] | undefined;
}

/** The context's own ignore file, or the one beside the Dockerfile, given by its absolute path. */
interface IgnoreFile {
  readonly dockerfile: string | undefined;
}

/**
 * The hash of what BuildKit sees of a context: for each taken entry, its path, type, full mode and
 * content or link target. Owners and times do not count (BuildKit: cache/contenthash, and the
 * client, which clears them). The files are those on disk, whatever git's view of them. A URL or
 * git reference is identified only by its reference. Throws a usage error that names a file that
 * cannot be read, or that vanishes while it is read.
 */
export type ContextHasher = (root: string, options?: ContextOptions) => Promise<ContextHash>;

/** Services that hashing needs. `root` and `run` are for filters. */
export interface HasherServices extends Partial<FilterServices> {
  /** What earlier hashers read. None: every file is read. */
  readonly memory?: ContentMemory | undefined;
  /** The memory's mark that `changed` starts from; 0: all changes that the memory saw. */
  readonly since?: number | undefined;
  /** Undefined: no file has extended attributes. */
  readonly attributes?: ReadAttributes | undefined;
  /** Undefined: all bytes of a `.git` count. */
  readonly git?: ReadGitState | undefined;
}

/**
 * Hashes contexts: the same sources of one context only once, and each file only once, however many
 * contexts contain it. Assumes that files do not change while the hasher is in use; to read them
 * again, create another one with the same memory.
 */
export function createContextHasher(services: HasherServices = {}): ContextHasher {
  const { root: base = "", run = runNothing, since = 0 } = services;
  const memory = services.memory ?? createContentMemory();
  const reader = createContextReader(memory);
  const attributes = createFileAttributes(services.attributes, reader, memory);
  const readGit = services.git === undefined ? undefined : once(services.git);
  const readers = { reader, attributes, memory, since, readGit };
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
      return combine(root, await Promise.all(sources.map(await opened)), sources);
    }

    async function open(): Promise<HashedTree> {
      const filter = await filterOf(filters, { root: base === "" ? root : base, run }, memory);
      return openTree(root, { ignore, inputs, filter }, readers);
    }
  };
}

/** Several contexts may contain the same repository. */
function once(read: ReadGitState): ReadGitState {
  const known = new Map<string, ReturnType<ReadGitState>>();
  return (path) => {
    const state = known.get(path) ?? read(path);
    known.set(path, state);
    return state;
  };
}

/** Few configs have filters, and the normalising code is slow to load. */
async function filterOf(
  filters: readonly FileFilter[],
  services: FilterServices,
  { derived }: ContentMemory,
): Promise<ContentFilter | undefined> {
  if (filters.length === 0) return undefined;
  const { createContentFilter } = await import("../filters/content-filter.ts");
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

function hashRemote(ref: string, sources: number): ContextHash {
  const digest = digestOf(`layerkeep.context.v2 remote\0${ref}`);
  const each = new Array<string>(sources).fill(digest.slice(7, 19));
  return {
    digest,
    files: 0,
    bytes: 0,
    entries: {},
    sources: each,
    differs: [],
    settled: "",
    places: "",
    changed: [],
    additions: {},
  };
}
