import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import type { Layout } from "./layout.ts";

/** Gives the path that a file or folder of the root was moved to. */
export type SetAside = (path: string) => Promise<string>;

/**
 * Moves what the store does not know into a folder of the root, at the same path below it. It is
 * never deleted: it may be somebody's only copy.
 */
export function settingAside({ root, setAside }: Layout): SetAside {
  return async (path) => {
    const wanted = join(setAside, relative(root, path));
    let target = wanted;
    for (let copy = 1; existsSync(target); copy++) target = `${wanted}.${copy}`;
    await makeFolder(root, dirname(target));
    await rename(path, target);
    return target;
  };
}

/** One by one: made recursively, Node says ENOENT of what does not fit on a full disk. */
async function makeFolder(root: string, folder: string): Promise<void> {
  if (folder === root) return;
  await makeFolder(root, dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  });
}
