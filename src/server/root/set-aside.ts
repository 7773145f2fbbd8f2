import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import type { Layout } from "./layout.ts";

/** Returns the path that a file or folder of the root was moved to. */
export type SetAside = (path: string) => string;

/**
 * Moves what the store does not know to the set-aside folder, at the same relative path. It is
 * never deleted, since it may be the only copy. Synchronous, so that nothing happens in between.
 */
export function settingAside({ root, setAside }: Layout): SetAside {
  return (path) => {
    const wanted = join(setAside, relative(root, path));
    let target = wanted;
    for (let copy = 1; existsSync(target); copy++) target = `${wanted}.${copy}`;
    makeFolder(root, dirname(target));
    renameSync(path, target);
    return target;
  };
}

/** One by one: a recursive mkdir reports ENOENT on a full disk. */
function makeFolder(root: string, folder: string): void {
  if (folder === root) return;
  makeFolder(root, dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  }
}
