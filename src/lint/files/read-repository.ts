import { readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { type SourceFile, sourceFile } from "../yaml/node.ts";
import type { Repository } from "./repository.ts";

/** Larger files are not read. Bytes. */
export const largestFile = 2 << 20;

/**
 * A checkout whose files are read on demand, each once. `files` are those that git lists; `texts`
 * are used instead of what is on disk.
 */
export function readRepository(
  root: string,
  files: ReadonlySet<string>,
  texts: ReadonlyMap<string, string> = new Map(),
): Repository {
  const given = [...texts].map(([path, text]) => [path, sourceFile(path, text)] as const);
  const read = new Map<string, SourceFile | undefined>(given);
  return {
    root,
    files,
    read: (path) => {
      const name = normalize(path).replaceAll("\\", "/");
      if (name.startsWith("../") || name.startsWith("/")) return undefined;
      if (!read.has(name)) read.set(name, readFile(root, name));
      return read.get(name);
    },
  };
}

function readFile(root: string, path: string): SourceFile | undefined {
  const file = join(root, path);
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > largestFile) return undefined;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
    return sourceFile(path, text);
  } catch {
    return undefined;
  }
}
