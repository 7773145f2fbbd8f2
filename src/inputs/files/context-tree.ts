import type { Dirent } from "node:fs";
import type { FolderMatch, PathRules } from "../../dockerfile/ignore/ignore.ts";
import type { ContextEntry, ContextReader } from "./context-reader.ts";
import type { ContentFilter } from "../filters/content-filter.ts";

/** A node of a context's tree. The top has the path `""`. */
export interface TreeNode {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly parent: TreeNode | undefined;
  /** Undefined for the top. */
  readonly dirent: Dirent | undefined;
  readonly ignored: FolderMatch | undefined;
  readonly globbed: FolderMatch | undefined;
  /** The path of the `.git` that it is, or is in. */
  readonly git: string | undefined;
}

/** Which part of a context exists. */
export interface TreeRules {
  readonly ignore: PathRules;
  /** As the user asked: paths that they do not name do not exist. */
  readonly globs?: PathRules | undefined;
  /** As the user asked: which content of a file counts. */
  readonly filter?: ContentFilter | undefined;
  /**
   * Whether the `.git` at a path counts as one entry, whatever it contains. If undefined, none
   * does.
   */
  readonly isRepository?: ((path: string) => boolean) | undefined;
}

/**
 * A context as BuildKit's client sends it: without ignored files and, as the user asked, without
 * what the globs do not name. Folders are listed on demand, and files are read with their entries.
 */
export class ContextTree {
  readonly top: TreeNode;
  readonly #reader: ContextReader;
  readonly #rules: TreeRules;
  readonly #children = new Map<TreeNode, ReadonlyMap<string, TreeNode>>();

  constructor(root: string, reader: ContextReader, rules: TreeRules) {
    const parent = undefined;
    const none = { ignored: undefined, globbed: undefined, git: undefined };
    this.top = { path: "", file: root, parent, dirent: undefined, ...none };
    this.#reader = reader;
    this.#rules = rules;
  }

  /** By name, sorted by the names' bytes. Empty for what is not a folder. */
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

  /** Undefined for the top, whose mode BuildKit ignores. */
  entry(node: TreeNode): ContextEntry | undefined {
    const { path, file, dirent } = node;
    if (dirent === undefined) return undefined;
    const repository = this.repositoryOf(node);
    if (repository !== undefined) {
      return { path: repository, type: "git", mode: 0, content: "", size: 0 };
    }
    const entry = { path, ...this.#reader.read(file) };
    const counts = dirent.isFile()
      ? this.#rules.filter?.contentOf(path, file, entry.content)
      : undefined;
    return { ...entry, ...counts };
  }

  /** The target of a link. */
  target({ file, dirent }: TreeNode): string {
    return dirent === undefined ? "" : this.#reader.read(file).content;
  }

  /** The path of the `.git` that counts as one entry and is, or contains, the node. */
  repositoryOf(node: TreeNode): string | undefined {
    const { git, path } = node;
    if (git === undefined || this.#rules.isRepository?.(git) !== true) return undefined;
    // A folder whose whole content is ignored is sent, and shows nothing of the repository.
    const isEmpty = path === git && isFolder(node) && this.children(node).size === 0;
    return isEmpty ? undefined : git;
  }

  #add(folder: TreeNode, dirent: Dirent, children: Map<string, TreeNode>): void {
    const path = folder.path === "" ? dirent.name : `${folder.path}/${dirent.name}`;
    const ignored = this.#rules.ignore.enter(path, folder.ignored);
    const globbed = this.#rules.globs?.enter(path, folder.globbed);
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
      git: folder.git ?? (dirent.name === ".git" ? path : undefined),
    };
    // An excluded folder exists if something in it is not excluded.
    if (!out || this.children(child).size > 0) children.set(dirent.name, child);
  }

  #mayHoldMore(path: string, isIgnored: boolean, isOutside: boolean): boolean {
    return (
      (!isIgnored || this.#rules.ignore.mayTakeBackBelow(path)) &&
      (!isOutside || this.#rules.globs?.mayMatchBelow(path) === true)
    );
  }
}

export function isFolder({ dirent }: TreeNode): boolean {
  return dirent === undefined || dirent.isDirectory();
}
