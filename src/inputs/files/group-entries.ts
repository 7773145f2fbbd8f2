import { createHash } from "node:crypto";
import type { ContextEntry } from "./context-reader.ts";

/** Plans are bounded, and so is what they list of single files. */
const mostGroups = 64;
const deepest = 12;

/** An entry in its hashed form. */
export function lineOf({ type, mode, path, content, attributes }: ContextEntry): string {
  const line = `${type}\0${mode.toString(8)}\0${path}\0${content}\0`;
  // No type begins like this, so lines cannot be confused.
  return attributes === undefined ? line : `${line}attributes ${attributes}\0`;
}

/**
 * Short digests of at most 64 groups of entries, by the beginnings of their paths: of each file if
 * there are few enough, otherwise of folders. A folder itself counts in its own group.
 */
export function groupEntries(entries: readonly ContextEntry[]): Readonly<Record<string, string>> {
  let groups = groupAt(entries, 1);
  if (groups === undefined) return {};
  for (let depth = 2; depth <= deepest && groups.size < entries.length; depth++) {
    const finer = groupAt(entries, depth);
    if (finer === undefined) break;
    groups = finer;
  }
  return Object.fromEntries(
    [...groups].map(([path, group]) => {
      const sum = createHash("sha256");
      for (const entry of group) sum.update(lineOf(entry));
      return [path, sum.digest("hex").slice(0, 12)];
    }),
  );
}

/** Undefined if there are too many. */
function groupAt(
  entries: readonly ContextEntry[],
  depth: number,
): ReadonlyMap<string, readonly ContextEntry[]> | undefined {
  const groups = new Map<string, ContextEntry[]>();
  for (const entry of entries) {
    const key = beginning(entry.path, depth);
    const group = groups.get(key);
    if (group !== undefined) group.push(entry);
    else if (groups.size === mostGroups) return undefined;
    else groups.set(key, [entry]);
  }
  return groups;
}

function beginning(path: string, depth: number): string {
  let end = -1;
  for (let count = 0; count < depth; count++) {
    end = path.indexOf("/", end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, end);
}
