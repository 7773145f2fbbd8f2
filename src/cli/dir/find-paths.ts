import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import type { SavedPath } from "../../dir/save/save.ts";
import { UsageError } from "../../errors.ts";

/** Links that the user named are followed. What is below the current folder is named from there. */
export async function findPaths(
  paths: readonly string[],
  cwd: string,
  what: "save" | "compare",
): Promise<readonly SavedPath[]> {
  const here = await realpath(cwd);
  const found: SavedPath[] = [];
  for (const path of paths) {
    const file = await realpath(resolve(cwd, path)).catch((cause: unknown) => {
      const hint = hintForUnusable(cause, path);
      throw new UsageError(`cannot ${what} ${path}: ${whyUnusable(cause)}`, { cause, hint });
    });
    const name = relative(here, resolve(here, path));
    const isBelow = name !== "" && name !== ".." && !name.startsWith(`..${sep}`);
    found.push({ name: isBelow ? name.replaceAll(sep, "/") : path, file });
  }
  refuseNested(found);
  return found;
}

/** Throws a usage error if one of the paths is within another one. */
export function refuseNested(found: readonly SavedPath[]): void {
  const inside = found.find(({ file }, at) =>
    found.some((other, its) => its !== at && `${file}${sep}`.startsWith(`${other.file}${sep}`)),
  );
  if (inside === undefined) return;
  throw new UsageError(`${inside.name} is named twice, or is part of another path`, {
    hint: "name each folder once",
  });
}
