import { statSync } from "node:fs";
import { join } from "node:path";
import { compileGlobs, type PathRules } from "../../dockerfile/ignore/ignore.ts";
import type { FileSelection } from "../../dockerfile/stages/sources.ts";
import type { ContentMemory } from "./content-memory.ts";
import { type ContextEntry, type ContextReader, requireFolder } from "./context-reader.ts";
import { ContextTree, type TreeNode } from "./context-tree.ts";
import type { FileAttributes } from "./file-attributes.ts";
import type { ContentFilter } from "../filters/content-filter.ts";
import { contentOfGit, type GitState, type ReadGitState } from "./git-state.ts";
import { keyOf, summarise, type TakenFiles } from "./summarise-files.ts";
import { readPlaces, takePlaces, type TakenPlaces } from "./take-files.ts";

/** Which part of a context counts, by the user's rules and the ignore file. */
export interface ContextRules {
  readonly ignore: PathRules;
  readonly inputs: readonly string[];
  readonly filter: ContentFilter | undefined;
}

/** The readers. */
export interface TreeReaders {
  readonly reader: ContextReader;
  readonly attributes: FileAttributes;
  readonly memory: ContentMemory;
  /** The memory's mark after which a change is reported. */
  readonly since: number;
  /** Undefined: the bytes of a `.git` count. */
  readonly readGit: ReadGitState | undefined;
}

/** What a source takes from the tree. */
export type HashedTree = (files: FileSelection) => Promise<TakenFiles>;

/** Opens a context that is hashed once for each distinct source. */
export function openTree(
  root: string,
  { ignore, inputs, filter }: ContextRules,
  { reader, attributes, memory, since, readGit }: TreeReaders,
): HashedTree {
  requireFolder(root);
  const states = new Map<string, GitState>();
  const unreadable = new Set<string>();
  const tree = new ContextTree(root, reader, {
    ignore,
    globs: inputs.length === 0 ? undefined : compileGlobs(inputs),
    filter,
    isRepository: (path) => readGit !== undefined && !unreadable.has(path),
  });
  const isChanged = ({ path }: ContextEntry): boolean =>
    memory.mark() > since && memory.changedAt(`${root}/${path}`) > since;

  /** Repeated if git cannot read a `.git`: it then counts as an ordinary folder. */
  const take = async (files: FileSelection): Promise<TakenPlaces> => {
    const places = takePlaces(tree, files);
    const repositories = [...places].flatMap(([path, node]) =>
      node !== undefined && tree.repositoryOf(node) !== undefined && !states.has(path)
        ? [path]
        : [],
    );
    await Promise.all(
      repositories.map(async (path) => {
        const state = await readGit?.(join(root, path));
        if (state === undefined) unreadable.add(path);
        else states.set(path, state);
      }),
    );
    return repositories.some((path) => unreadable.has(path)) ? take(files) : places;
  };

  const complete = (entry: ContextEntry): ContextEntry => {
    const state = entry.type === "git" ? states.get(entry.path) : undefined;
    if (state !== undefined) return { ...entry, content: contentOfGit(state) };
    const value = attributes.of(`${root}/${entry.path}`);
    return value === undefined ? entry : { ...entry, attributes: value };
  };

  const hashTaken = async (files: FileSelection): Promise<TakenFiles> => {
    const places = await take(files);
    const nodes = [...places.values()].filter((node): node is TreeNode => node !== undefined);
    const ordinary = nodes.filter((node) => tree.repositoryOf(node) === undefined);
    await attributes.request(ordinary.map(({ file }) => file));
    const entries = readPlaces(tree, places);
    await attributes.settle();
    const folders = foldersOf(entries.map(({ path }) => path));
    return { ...summarise(entries.map(complete), isChanged), folders: folders.map(identityOf) };
  };

  const identities = new Map<string, string>();
  const identityOf = (folder: string): string => {
    const known = identities.get(folder);
    if (known !== undefined) return known;
    const stats = statSync(join(root, folder), { bigint: true, throwIfNoEntry: false });
    const identity = `${folder}\0${stats === undefined ? "" : `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`}`;
    identities.set(folder, identity);
    return identity;
  };

  const known = new Map<string, Promise<TakenFiles>>();
  return (files) => {
    const key = keyOf(files);
    const taken = known.get(key) ?? hashTaken(files);
    known.set(key, taken);
    return taken;
  };
}

/** The folders that contain the paths, at every level, each once. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      // Its parents were added with it.
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return [...folders];
}
