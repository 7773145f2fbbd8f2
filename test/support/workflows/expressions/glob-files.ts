import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { matchesPatterns } from "../events/patterns.ts";

/**
 * The files that match patterns relative to a folder, as absolute paths in order; a pattern that
 * starts with `!` excludes again. One that names a folder matches every file in it.
 */
export function globFiles(folder: string, patterns: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const excludes = pattern.startsWith("!");
    const path = resolve(folder, excludes ? pattern.slice(1) : pattern);
    const whole = isFolder(path) ? `${path}/**` : path;
    if (excludes) {
      for (const file of found) if (matchesPatterns(file, [whole])) found.delete(file);
    } else {
      for (const file of filesAt(searchPath(path))) {
        if (matchesPatterns(file, [whole])) found.add(file);
      }
    }
  }
  return [...found].sort();
}

/** The folder or file where the search for a pattern begins: all before its first wildcard. */
export function searchPath(pattern: string): string {
  const wildcard = pattern.search(/[*?[]/);
  return wildcard < 0 ? pattern : dirname(`${pattern.slice(0, wildcard)}x`);
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function filesAt(path: string): readonly string[] {
  if (!isFolder(path)) return [path].filter((file) => statSync(file, { throwIfNoEntry: false }));
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
