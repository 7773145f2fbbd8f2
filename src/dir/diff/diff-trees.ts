import {
  type ByteName,
  type Entry,
  type FileEntry,
  readable,
  rootOf,
  type Tree,
} from "../tree/tree.ts";

/** Something that only one of two trees has. */
export interface Present {
  /** For people: the saved path as it was named, and the path in it. */
  readonly path: string;
  readonly kind: Kind;
  /** Bytes of a file; null for others. */
  readonly size: number | null;
}

type Kind = "folder" | "file" | "symlink";

/** One side of what differs. */
export interface Side {
  readonly kind: Kind;
  readonly size: number | null;
  /** Permission bits in octal, such as `755`. */
  readonly mode: string;
  /** Of a symbolic link. */
  readonly target: string | null;
}

export interface Changed {
  readonly path: string;
  /** What differs. */
  readonly what: readonly ("kind" | "content" | "target" | "mode")[];
  readonly before: Side;
  readonly after: Side;
}

/** How two trees differ, from the first to the second. */
export interface TreeDiff {
  readonly added: readonly Present[];
  readonly removed: readonly Present[];
  readonly changed: readonly Changed[];
  /** How many files, folders and links are the same. */
  readonly same: number;
  /** How many files and links of these have other times or owners. */
  readonly touched: number;
}

/**
 * Compares two trees. Their saved paths are paired in order, whatever their names. Times and owners
 * do not make a difference, and neither does whether a file is a hard link. Pure.
 */
export function diffTrees(first: Tree, second: Tree): TreeDiff {
  const [before, after] = [lookUp(first), lookUp(second)];
  const roots = [...first.roots, ...second.roots.slice(first.roots.length)];
  const nameOf = (path: ByteName): string => nameIn(roots, path);
  const added: Present[] = [];
  const changed: Changed[] = [];
  let [same, touched] = [0, 0];
  for (const [path, node] of after.nodes) {
    const old = before.nodes.get(path);
    if (old === undefined) {
      added.push(presentOf(nameOf(path), node));
      continue;
    }
    const what = whatDiffers(
      { node: old, digests: before.digests },
      { node, digests: after.digests },
    );
    if (what.length > 0) {
      changed.push({ path: nameOf(path), what, before: sideOf(old), after: sideOf(node) });
      continue;
    }
    same += 1;
    if (isTouched(old, node)) touched += 1;
  }
  const removed = [...before.nodes]
    .filter(([path]) => !after.nodes.has(path))
    .map(([path, node]) => presentOf(nameOf(path), node));
  return { added, removed, changed, same, touched };
}

/** An entry; a hard link counts as the file that it leads to. */
type Node = Exclude<Entry, { readonly kind: "hardlink" }>;

interface Lookup {
  readonly nodes: ReadonlyMap<ByteName, Node>;
  /** Of chunks, by their number. */
  readonly digests: readonly string[];
}

function lookUp({ entries, packs }: Tree): Lookup {
  const nodes = new Map<ByteName, Node>();
  for (const entry of entries) {
    const node = entry.kind === "hardlink" ? nodes.get(entry.to) : entry;
    if (node !== undefined) nodes.set(entry.path, node);
  }
  return { nodes, digests: packs.flatMap((pack) => pack.map(({ digest }) => digest)) };
}

interface Placed {
  readonly node: Node;
  readonly digests: Lookup["digests"];
}

function whatDiffers(a: Placed, b: Placed): Changed["what"] {
  const [old, now] = [a.node, b.node];
  if (old.kind !== now.kind) return ["kind"];
  const what: Changed["what"][number][] = [];
  if (old.kind === "file" && now.kind === "file") {
    const [before, after] = [contentOf(old, a.digests), contentOf(now, b.digests)];
    const isEqual =
      old.size === now.size &&
      before.length === after.length &&
      before.every((digest, at) => digest === after[at]);
    if (!isEqual) what.push("content");
  }
  if (old.kind === "symlink" && now.kind === "symlink" && old.target !== now.target) {
    what.push("target");
  }
  if (old.mode !== now.mode) what.push("mode");
  return what;
}

function contentOf(
  { chunks }: FileEntry,
  digests: readonly string[],
): readonly (string | undefined)[] {
  return chunks.map((number) => digests[number]);
}

function isTouched(a: Node, b: Node): boolean {
  // A folder has another time if anything in it was written.
  if (a.kind === "folder") return false;
  return a.mtime !== b.mtime || a.uid !== b.uid || a.gid !== b.gid;
}

function presentOf(path: string, node: Node): Present {
  return { path, kind: node.kind, size: sizeOf(node) };
}

function sideOf(node: Node): Side {
  const target = node.kind === "symlink" ? readable(node.target) : null;
  return { kind: node.kind, size: sizeOf(node), mode: node.mode.toString(8), target };
}

function sizeOf(node: Node): number | null {
  return node.kind === "file" ? node.size : null;
}

/** `deps/lib/a.js` of `0/lib/a.js`. */
function nameIn(roots: readonly string[], path: ByteName): string {
  const slash = path.indexOf("/");
  const below = slash < 0 ? "" : readable(path.slice(slash));
  return `${roots[rootOf(path)] ?? String(rootOf(path))}${below}`;
}
