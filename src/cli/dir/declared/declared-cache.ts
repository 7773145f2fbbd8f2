import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { hintForUnusable, whyUnusable } from "../../../bounded-file.ts";
import { type DirConfig, systems } from "../../../config/dirs/dir-config.ts";
import type { RenderedKey } from "../../../dir/keys/key-template.ts";
import type { SavedPath } from "../../../dir/save/save.ts";
import { type Problem, UsageError } from "../../../errors.ts";
import type { OpenDirs } from "../open-dirs.ts";

/** A directory cache of the config, on this machine. */
export interface DeclaredCache {
  readonly name: string;
  readonly key: RenderedKey;
  readonly prefixes: readonly string[];
  /** As the config names them, and where they are. */
  readonly paths: readonly SavedPath[];
  /** Whether some of the paths may not exist. */
  readonly usual: boolean;
}

/**
 * Fills in the keys and paths of declared caches: files and relative paths are below the config's
 * folder. Throws one usage error for all that cannot be filled in.
 */
export async function fillIn(
  all: readonly DirConfig[],
  dirs: Pick<OpenDirs, "machine" | "place" | "renderKey" | "session">,
): Promise<readonly DeclaredCache[]> {
  const { root } = dirs.session.config;
  const system = systems.find((one) => one === dirs.machine.os);
  return tryAll(all, async (dir) => {
    const { name, usual } = dir;
    const key = await dirs.renderKey(dir.key, root);
    const prefixes: string[] = [];
    for (const prefix of dir.or) prefixes.push((await dirs.renderKey(prefix, root)).key);
    const paths = system === undefined ? [] : dir.paths[system];
    const placed = paths.map((path) => {
      const below = path.startsWith("~/") ? join(dirs.place.home, path.slice(2)) : path;
      return { name: path, file: resolve(root, below) };
    });
    return { name, usual, key, prefixes, paths: placed };
  });
}

/**
 * The caches with the paths that exist, links followed. Throws one usage error for all that are
 * missing: of a preset's paths, some may be.
 */
export async function withExisting(
  caches: readonly DeclaredCache[],
): Promise<readonly DeclaredCache[]> {
  return tryAll(caches, async (cache) => ({ ...cache, paths: await existingOf(cache) }));
}

/** The paths that exist, links followed. Throws a usage error if one is missing that must exist. */
export async function existingOf({
  paths,
  usual,
}: Pick<DeclaredCache, "paths" | "usual">): Promise<readonly SavedPath[]> {
  const existing = usual ? paths.filter(({ file }) => existsSync(file)) : paths;
  if (existing.length > 0) return await Promise.all(existing.map(followed));
  const names = paths.map(({ name }) => name).join(", ");
  throw new UsageError(`nothing to save: not found: ${names}`, {
    hint: "set the paths if the tool has its cache elsewhere",
  });
}

async function followed({ name, file }: SavedPath): Promise<SavedPath> {
  try {
    return { name, file: await realpath(file) };
  } catch (cause) {
    const hint = hintForUnusable(cause, name);
    throw new UsageError(`cannot save ${name}: ${whyUnusable(cause)}`, { cause, hint });
  }
}

async function tryAll<T extends { readonly name: string }, R>(
  items: readonly T[],
  attempt: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const problems: Problem[] = [];
  const done: R[] = [];
  for (const item of items) {
    try {
      done.push(await attempt(item));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      for (const { message, hint = error.hint } of error.problems) {
        problems.push({ message: `dirs.${item.name}: ${message}`, hint });
      }
    }
  }
  if (problems.length > 0) throw new UsageError(problems);
  return done;
}
