import type { Dirent } from "node:fs";
import type { FolderMatch, PathRules } from "../dockerfile/ignore.ts";
import type { ContextEntry, ContextReader } from "./context-reader.ts";
import type { ContentFilter } from "./filters/content-filter.ts";

/** A place in a context's tree. The top has the path `""`. */
export interface TreeNode {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly parent: TreeNode | undefined;
  /** Undefined for the top. */
  readonly dirent: Dirent | undefined;
  readonly ignored: FolderMatch | undefined;
  readonly globbed: FolderMatch | undefined;
}

/**
 * A context as BuildKit's client sends it: less what the ignore rules leave out and, at the user's
 * word, what the globs do not name. Folders are listed when they are asked for, and files are read
 * when their entries are.
 */
export class ContextTree {
  readonly top: TreeNode;
  readonly #reader: ContextReader;
  readonly #ignore: PathRules;
  readonly #globs: PathRules | undefined;
  readonly #filter: ContentFilter | undefined;
  readonly #children = new Map<TreeNode, ReadonlyMap<string, TreeNode>>();

  constructor(
    root: string,
    reader: ContextReader,
    ignore: PathRules,
    globs: PathRules | undefined,
    filter?: ContentFilter,
  ) {
    const parent = undefined;
    const rules = { ignored: undefined, globbed: undefined };
    this.top = { path: "", file: root, parent, dirent: undefined, ...rules };
    this.#reader = reader;
    this.#ignore = ignore;
    this.#globs = globs;
    this.#filter = filter;
  }

  /** By name, in the order of the names' bytes. Empty for what is not a folder. */
  children(node: TreeNode): ReadonlyMap<string, TreeNode> {
    const known = this.#children.get(node);
    if (known !== undefined) return known;
    const children = new Map<string, TreeNode>();
    if (isFolder(node)) {
      for (const dirent of this.#reader.list(node.file)) this.#add(node, dirent, children);
    }
    this.#children.set(node, children);
    return children;
  }

  /** Undefined for the top, whose mode BuildKit does not look at. */
  entry(node: TreeNode): ContextEntry | undefined {
    const { path, file, dirent } = node;
    if (dirent === undefined) return undefined;
    const entry = { path, ...this.#reader.read(file, dirent) };
    const counts = dirent.isFile() ? this.#filter?.contentOf(path, file, entry.content) : undefined;
    return counts === undefined ? entry : { ...entry, content: counts };
  }

  #add(folder: TreeNode, dirent: Dirent, children: Map<string, TreeNode>): void {
    const path = folder.path === "" ? dirent.name : `${folder.path}/${dirent.name}`;
    const ignored = this.#ignore.enter(path, folder.ignored);
    const globbed = this.#globs?.enter(path, folder.globbed);
    const outside = globbed?.matched === false;
    const out = ignored.matched || outside;
    if (out && (!dirent.isDirectory() || !this.#mayHoldMore(path, ignored.matched, outside))) {
      return;
    }
    const child: TreeNode = {
      path,
      file: `${folder.file}/${dirent.name}`,
      parent: folder,
      dirent,
      ignored: ignored.here,
      globbed: globbed?.here,
    };
    // A folder that is left out is there all the same where something in it is not.
    if (!out || this.children(child).size > 0) children.set(dirent.name, child);
  }

  #mayHoldMore(path: string, isIgnored: boolean, isOutside: boolean): boolean {
    return (
      (!isIgnored || this.#ignore.mayTakeBackBelow(path)) &&
      (!isOutside || this.#globs?.mayMatchBelow(path) === true)
    );
  }
}

export function isFolder({ dirent }: TreeNode): boolean {
  return dirent === undefined || dirent.isDirectory();
}
