import { lstatSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { count } from "../../count.ts";
import { UsageError } from "../../errors.ts";

/** Where this process is. */
export interface Place {
  readonly cwd: string;
  readonly home: string;
}

/**
 * Where each saved path of a cache is restored to: the paths that the user names, in the order in
 * which they were saved. Without names, to the saved ones, if all of them are below the current
 * folder: a cache must not choose any other place. Throws a usage error.
 */
export function chooseTargets(
  saved: readonly string[],
  named: readonly string[],
  place: Place,
): readonly string[] {
  if (named.length === 0) {
    const outside = saved.find((name) => isOutside(name));
    if (outside === undefined) return saved.map((name) => targetOf(name, place));
    throw new UsageError(`the cache was saved from ${outside}, which is not below this folder`, {
      hint: `name where to restore it to: layerkeep dir restore KEY ${saved.join(" ")}`,
    });
  }
  if (named.length === saved.length) return named.map((name) => targetOf(name, place));
  throw new UsageError(
    `the cache has ${count(saved.length, "path")}, and ${count(named.length, "path")} ${named.length === 1 ? "is" : "are"} named: ${saved.join(" ")}`,
    { hint: "name as many paths as were saved, in the same order" },
  );
}

/**
 * Of paths with these names, those that were saved, in the order in which they were. All paths if a
 * saved one has another name: then they are matched by their order.
 */
export function pathsByName(
  saved: readonly string[],
  paths: readonly string[],
  names: readonly string[] = [],
): readonly string[] {
  const found = saved.flatMap((name) => paths[names.indexOf(name)] ?? []);
  return found.length === saved.length ? found : paths;
}

/** Whether it leads out of the folder that it is joined to. */
function isOutside(name: string): boolean {
  return isAbsolute(name) || name.split(/[\\/]/).includes("..") || /^(?:~|[A-Za-z]:)/.test(name);
}

/** A restore replaces a folder: never one that this process is in. */
function targetOf(name: string, { cwd, home }: Place): string {
  const target = followed(resolve(cwd, name));
  for (const kept of [cwd, home]) {
    if (!isWithin(followed(kept), target)) continue;
    throw new UsageError(`cannot restore into ${name}: a restore replaces the whole folder`, {
      hint: "name a folder in it",
    });
  }
  return target;
}

/** Links in the path that the user named are followed, up to what exists. */
function followed(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    // A link to what does not exist is replaced itself.
    return parent === path
      ? path
      : join(followed(parent), path.slice(parent.length).replace(/^[\\/]/, ""));
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || !(way.startsWith("..") || isAbsolute(way));
}

/** Whether something exists there, a broken link included. */
export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
