import { type DirConfig, type System, systems } from "../../../config/dirs/dir-config.ts";
import { UsageError } from "../../../errors.ts";
import { nearest } from "../../../nearest.ts";

/** What the words of `dir save` and `dir restore` mean. */
export type Chosen =
  | { readonly kind: "declared"; readonly dirs: readonly DirConfig[] }
  | { readonly kind: "key"; readonly key: string; readonly paths: readonly string[] };

/**
 * Words that are all names of `dirs` mean those, and no words all of them that have paths on this
 * system. Anything else is a key, with paths. Throws a usage error for a name without paths on this
 * system, and if there is nothing to choose.
 */
export function chooseDirs(
  words: readonly string[],
  declared: readonly DirConfig[],
  os: string,
): Chosen {
  const system = systems.find((one) => one === os);
  const [key, ...paths] = words;
  if (key === undefined) return { kind: "declared", dirs: usable(declared, system, os) };
  const named = declared.filter(({ name }) => words.includes(name));
  const isDeclared = words.every((word) => declared.some(({ name }) => name === word));
  if (!isDeclared) return { kind: "key", key, paths };
  const without = named.filter((dir) => pathsOn(dir, system).length === 0);
  if (without.length === 0) return { kind: "declared", dirs: named };
  throw new UsageError(
    without.map(({ name }) => ({
      message: `dirs.${name} has no paths on ${os}`,
      hint: `add paths: {${os}: …} to it`,
    })),
  );
}

function usable(
  declared: readonly DirConfig[],
  system: System | undefined,
  os: string,
): readonly DirConfig[] {
  const dirs = declared.filter((dir) => pathsOn(dir, system).length > 0);
  if (dirs.length > 0) return dirs;
  throw new UsageError(
    declared.length === 0
      ? "no key is named, and the config declares no directory caches"
      : `no directory cache of the config has paths on ${os}`,
    { hint: "name a key and paths, or add dirs: to the config" },
  );
}

function pathsOn(dir: DirConfig, system: System | undefined): readonly string[] {
  return system === undefined ? [] : dir.paths[system];
}

/** A hint for a key that may be a mistyped name. */
export function suggestName(key: string, declared: readonly DirConfig[]): string | undefined {
  const near = nearest(
    key,
    declared.map(({ name }) => name),
  );
  return near === undefined ? undefined : `did you mean "${near}"?`;
}
