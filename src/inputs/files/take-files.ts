import { compileGoMatch, hasWildcards } from "../../dockerfile/expand/go-match.ts";
import {
  compilePatterns,
  type FolderMatch,
  type PathRules,
} from "../../dockerfile/ignore/ignore.ts";
import type { FileSelection } from "../../dockerfile/stages/sources.ts";
import { UsageError } from "../../errors.ts";
import type { ContextEntry } from "./context-reader.ts";
import { type ContextTree, isFolder, type TreeNode } from "./context-tree.ts";

/**
 * What BuildKit's cache key of an instruction covers (cache/contenthash): the entries that a
 * selection names, each once, and the links on the way to them. A missing path is an entry of its
 * own, since it may appear. If the exact set is uncertain, more is taken. Only links are read.
 */
export function takePlaces(tree: ContextTree, files: FileSelection): TakenPlaces {
  return new Taking(tree).take(files);
}

/**
 * Whether a build fails because the tree does not have what a selection names: a path
 * without a wildcard, or the folders above the first wildcard. A wildcard itself may match nothing.
 * What `--parents` needs depends on the frontend's version, so it is never missing.
 */
export function isMissing(tree: ContextTree, { path, wildcard, include }: FileSelection): boolean {
  if (include !== undefined) return false;
  return !new Taking(tree).leadsTo(wildcard ? fixedPart(path) : path);
}

/** The folders of a wildcard that it names without one. */
export function fixedPart(path: string): string {
  const parts = path.split("/");
  return parts.slice(0, parts.findIndex(hasWildcards)).join("/");
}

/** What is taken: by path, its node in the tree; undefined if the path does not exist. */
export type TakenPlaces = ReadonlyMap<string, TreeNode | undefined>;

/** Reads what was taken. */
export function readPlaces(tree: ContextTree, places: TakenPlaces): readonly ContextEntry[] {
  return [...places].flatMap(([path, node]): ContextEntry | readonly ContextEntry[] => {
    if (node === undefined) return [{ path, type: "none", mode: 0, content: "", size: 0 }];
    return tree.entry(node) ?? [];
  });
}

/** BuildKit gives up after this many links. */
const mostLinks = 255;

interface Filters {
  readonly include: PathRules | undefined;
  readonly exclude: PathRules | undefined;
}

interface FilterState {
  readonly include: FolderMatch | undefined;
  readonly exclude: FolderMatch | undefined;
}

class Taking {
  readonly #tree: ContextTree;
  readonly #taken = new Map<string, TreeNode | undefined>();
  readonly #whole = new Set<TreeNode>();

  constructor(tree: ContextTree) {
    this.#tree = tree;
  }

  take(files: FileSelection): TakenPlaces {
    if (!files.picked) this.#takeResolved(this.#tree.top, files.path);
    else {
      const filters = compileFilters(files);
      for (const node of this.#named(files)) this.#pickBelow(node, filters);
      const { include } = files;
      // The pattern does not follow a link within it, but the link's target counts too.
      if (include !== undefined && !files.wildcard && !hasWildcards(include)) {
        this.#takeResolved(this.#tree.top, `${files.path}/${include}`);
      }
    }
    return this.#taken;
  }

  /** Whether a path exists, through links. */
  leadsTo(path: string): boolean {
    return this.#resolve(this.#tree.top, path, true) !== undefined;
  }

  /** The nodes that a path or a wildcard names; a link that is named itself is not followed. */
  #named({ path, wildcard }: FileSelection): readonly TreeNode[] {
    if (!wildcard) {
      const node = this.#resolve(this.#tree.top, path, false);
      return node === undefined ? [] : [node];
    }
    const matches = compileGoMatch(path);
    // The build fails on a malformed pattern, as on a missing path.
    if (matches === undefined) return [this.#tree.top];
    const parts = path.split("/");
    const first = parts.findIndex(hasWildcards);
    const fixed = fixedPart(path);
    const base = this.#resolve(this.#tree.top, fixed, true);
    // A class may match a slash, and so at any depth.
    const depth = path.includes("[") ? Infinity : parts.length;
    return base === undefined ? [] : this.#matching(base, fixed, first + 1, depth, matches);
  }

  /** `prefix` is the folder's path in the pattern, with links not followed. */
  #matching(
    folder: TreeNode,
    prefix: string,
    depth: number,
    deepest: number,
    matches: (path: string) => boolean,
  ): readonly TreeNode[] {
    return [...this.#tree.children(folder)].flatMap(([name, child]) => {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      if (matches(path)) return [child];
      return depth < deepest ? this.#matching(child, path, depth + 1, deepest, matches) : [];
    });
  }

  /** One by one: BuildKit follows each link that it meets. */
  #pickBelow(base: TreeNode, filters: Filters): void {
    const pick = (
      node: TreeNode,
      path: string,
      state: FilterState,
      above: readonly TreeNode[],
    ): boolean => {
      const include = filters.include?.enter(path, state.include);
      const exclude = filters.exclude?.enter(path, state.exclude);
      // Patterns do not apply to the named node itself.
      const wanted = include?.matched !== false || (path === "" && !isFolder(node));
      const isIn = wanted && (path === "" || exclude?.matched !== true);
      let holds = isIn;
      if (isIn) {
        // An excluded folder is still created for what is taken from it.
        for (const folder of above) this.#add(folder);
        this.#add(node);
        if (node.dirent?.isSymbolicLink() === true) this.#follow(node);
      }
      const mayHoldMore =
        path === "" ||
        ((exclude?.matched !== true || filters.exclude?.mayTakeBackBelow(path) === true) &&
          (include?.matched !== false || filters.include?.mayMatchBelow(path) === true));
      if (!mayHoldMore) return holds;
      const here = { include: include?.here, exclude: exclude?.here };
      for (const [name, child] of this.#tree.children(node)) {
        const below = path === "" ? name : `${path}/${name}`;
        if (pick(child, below, here, holds ? [] : [...above, node])) holds = true;
      }
      return holds;
    };
    pick(base, "", { include: undefined, exclude: undefined }, []);
  }

  #follow(link: TreeNode): void {
    const target = this.#tree.target(link);
    this.#takeResolved(link.parent ?? this.#tree.top, target);
  }

  /** Everything that a path leads to, through links. */
  #takeResolved(from: TreeNode, path: string): void {
    const node = this.#resolve(from, path, true);
    if (node !== undefined) this.#takeAll(node);
  }

  #takeAll(node: TreeNode): void {
    if (this.#whole.has(node)) return;
    this.#whole.add(node);
    this.#add(node);
    if (this.#tree.repositoryOf(node) !== undefined) return;
    for (const child of this.#tree.children(node).values()) this.#takeAll(child);
  }

  /**
   * Walks a path, taking links on the way, which cannot lead out of the context. If the path does
   * not exist, records where it ends and returns undefined.
   */
  #resolve(from: TreeNode, path: string, followLast: boolean): TreeNode | undefined {
    const { top } = this.#tree;
    let node = path.startsWith("/") ? top : from;
    const parts = path.split("/").reverse();
    let links = 0;
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        node = node.parent ?? top;
        continue;
      }
      const child = this.#tree.children(node).get(part);
      if (child === undefined) {
        this.#missing(node, part, parts);
        return undefined;
      }
      if (child.dirent?.isSymbolicLink() !== true || (!followLast && parts.length === 0)) {
        node = child;
        continue;
      }
      this.#add(child);
      if (++links > mostLinks) {
        this.#missing(node, part, parts);
        return undefined;
      }
      const target = this.#tree.target(child);
      if (target.startsWith("/")) node = top;
      parts.push(...target.split("/").reverse());
    }
    return node;
  }

  #missing(folder: TreeNode, part: string, rest: readonly string[]): void {
    const path = [folder.path, part, ...rest.toReversed()].filter((one) => one !== "").join("/");
    if (this.#tree.repositoryOf(folder) !== undefined) this.#add(folder);
    else if (!this.#taken.has(path)) this.#taken.set(path, undefined);
  }

  #add(node: TreeNode): void {
    const path = this.#tree.repositoryOf(node) ?? node.path;
    if (node.dirent !== undefined && !this.#taken.has(path)) this.#taken.set(path, node);
  }
}

/** The build fails on a malformed pattern; it excludes nothing. */
function compileFilters({ include, exclude }: FileSelection): Filters {
  // With both, BuildKit's own walk misses what an excluded folder includes again.
  const mixed = include !== undefined && exclude.some((text) => text.trim().startsWith("!"));
  return {
    include: include === undefined ? undefined : compiled([include]),
    exclude: mixed || exclude.length === 0 ? undefined : compiled(exclude),
  };
}

function compiled(patterns: readonly string[]): PathRules | undefined {
  if (patterns.some((pattern) => pattern.trim() === "!")) return undefined;
  try {
    return compilePatterns(patterns);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
