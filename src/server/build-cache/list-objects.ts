import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A file below the folder of objects. */
export interface ListedObject {
  /** Below the folder, with `/`. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * All objects of a folder, the one that was not used for the longest time first. What is no file and
 * no folder is deleted: a link could lead out of the folder.
 */
export function listObjects(folder: string): readonly ListedObject[] {
  const found: ListedObject[] = [];
  const waiting = [""];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    const here = join(folder, below);
    chmodSync(here, 0o700);
    for (const entry of readdirSync(here, { withFileTypes: true })) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) {
        const { size, mtimeMs } = lstatSync(join(folder, path));
        found.push({ path, size, mtimeMs });
      } else rmSync(join(folder, path), { force: true });
    }
  }
  return found.sort((a, b) => a.mtimeMs - b.mtimeMs);
}
