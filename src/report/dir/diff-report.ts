import type { PackDiff } from "../../dir/diff/diff-packs.ts";
import type { Changed, Present, Side, TreeDiff } from "../../dir/diff/diff-trees.ts";
import { formatBytes } from "../table.ts";

/** How a cache differs from another one, or from paths. */
export interface DirDiff extends TreeDiff {
  /** Null if it was compared with paths. */
  readonly packs: PackDiff | null;
}

/** A line for each difference, and a summary. */
export function renderDirDiff({ added, removed, changed, same, touched, packs }: DirDiff): string {
  const lines = [
    ...added.map((it) => `added    ${nameOf(it.path, it.kind)}${inBrackets(it.size)}`),
    ...removed.map((it) => `removed  ${nameOf(it.path, it.kind)}${inBrackets(it.size)}`),
    ...changed.map(
      (it) =>
        `changed  ${nameOf(it.path, it.after.kind)} (${it.what.map((what) => change(what, it)).join("; ")})`,
    ),
  ];
  const sizes = (items: readonly Present[]) => items.map(({ size }) => size);
  const counts = [
    sum("added", sizes(added)),
    sum("removed", sizes(removed)),
    sum(
      "changed",
      changed.map(({ after }) => after.size),
    ),
  ];
  const others = touched === 0 ? "" : ` (${touched} with other times or owners)`;
  const summary = lines.length === 0 ? "no differences" : counts.join(", ");
  return [
    ...lines,
    ...(lines.length === 0 ? [] : [""]),
    `${summary}; ${same} the same${others}`,
    ...(packs === null ? [] : [renderPacks(packs)]),
  ].join("\n");
}

function renderPacks({ both, gone, new: added }: PackDiff): string {
  const only = `${formatBytes(gone.bytes)} only in the first, ${formatBytes(added.bytes)} only in the second`;
  return `packs: ${formatBytes(both.bytes)} in both, ${only}`;
}

function change(what: Changed["what"][number], { before, after }: Changed): string {
  const [old, now] = [textOf(what, before), textOf(what, after)];
  return old === now ? `${what}: ${now}` : `${what}: ${now}, was ${old}`;
}

function textOf(what: Changed["what"][number], { kind, size, target, mode }: Side): string {
  if (what === "content") return formatBytes(size ?? 0);
  if (what === "target") return quoted(target ?? "");
  return what === "mode" ? mode : kind;
}

function sum(what: string, sizes: readonly (number | null)[]): string {
  const bytes = sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
  return `${sizes.length} ${what}${inBrackets(bytes === 0 ? null : bytes)}`;
}

function inBrackets(bytes: number | null): string {
  return bytes === null ? "" : ` (${formatBytes(bytes)})`;
}

function nameOf(path: string, kind: Side["kind"]): string {
  return quoted(kind === "folder" ? `${path}/` : path);
}

/** A name with a line break in it must not look like two. */
function quoted(name: string): string {
  return /[\u0000-\u001f\u007f]/.test(name) ? JSON.stringify(name) : name;
}
