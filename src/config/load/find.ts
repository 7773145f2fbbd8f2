import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../../errors.ts";
import { eitherOf } from "../../nearest.ts";

/** The file names of a config, which is found by itself. */
export const configNames = ["layerkeep.yml", "layerkeep.yaml", ".layerkeep.yml"] as const;

/**
 * The absolute path of a folder's config: in it, or in the nearest folder above it up to the top of
 * its git checkout. Throws a usage error if there is none, or if one folder has several.
 */
export async function findConfig(dir: string): Promise<string> {
  const start = resolve(dir);
  const folders = await foldersUp(start);
  for (const folder of folders) {
    const found = await filter(configNames.map((name) => join(folder, name)));
    if (found.length > 1) {
      throw new UsageError(`${folder} contains multiple config files: ${found.join(" and ")}`, {
        hint: "keep only one, or choose one with --config",
      });
    }
    if (found[0] !== undefined) return found[0];
  }
  const above = folders.length > 1 ? ` or above it, up to ${folders.at(-1) ?? ""}` : "";
  throw new UsageError(`no ${eitherOf(configNames)} found in ${start}${above}`, {
    hint: "run `layerkeep init` to create one",
  });
}

/**
 * The folder and its parents, up to the top of the git checkout; only the folder outside a
 * checkout.
 */
async function foldersUp(start: string): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    folders.push(folder);
    if (await exists(join(folder, ".git"))) return folders;
    if (dirname(folder) === folder) return [start];
  }
}

async function filter(paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => there[index]);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
