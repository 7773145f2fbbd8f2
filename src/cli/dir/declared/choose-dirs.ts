import { type DirConfig, type System, systems } from "../../../config/dirs/dir-config.ts";
import type { SavedPath } from "../../../dir/save/save.ts";
import { UsageError } from "../../../errors.ts";
import { nearest } from "../../../nearest.ts";

/**
 * Words are names of `dirs` if all of them are, and otherwise a key and paths; no words and no names
 * are all of `dirs` that have paths on this system.
 */
export type AskedByName =
  | { readonly words: readonly string[] }
  | { readonly names: readonly string[] };

/** A cache that is not declared. Paths that do not exist are left out, unless none exists. */
export interface KeyedDir {
  /** A template, as all of `or` are. */
  readonly key: string;
  readonly or: readonly string[];
  /** As they are written, and where they are. */
  readonly paths: readonly SavedPath[];
}

/** What was asked for. */
export type Asked = AskedByName | KeyedDir;

/** What names and words mean. */
export type Chosen =
  | { readonly kind: "declared"; readonly dirs: readonly DirConfig[] }
  | { readonly kind: "key"; readonly key: string; readonly paths: readonly string[] };

/**
 * Chooses what was asked for. Throws a usage error for a name that is not declared or has no paths
 * on this system, and if there is nothing to choose.
 */
export function chooseDirs(asked: AskedByName, declared: readonly DirConfig[], os: string): Chosen {
  if ("names" in asked) return chooseNamed(asked.names, declared, os);
  const { words } = asked;
  const isDeclared = words.every((word) => declared.some(({ name }) => name === word));
  const [key = "", ...paths] = words;
  return isDeclared ? chooseNamed(words, declared, os) : { kind: "key", key, paths };
}

function chooseNamed(names: readonly string[], declared: readonly DirConfig[], os: string): Chosen {
  const system = systems.find((one) => one === os);
  if (names.length === 0) return { kind: "declared", dirs: usable(declared, system, os) };
  const unknown = names.filter((name) => !declared.some((dir) => dir.name === name));
  const named = declared.filter(({ name }) => names.includes(name));
  const without = named.filter((dir) => pathsOn(dir, system).length === 0);
  const problems = [
    ...unknown.map((name) => ({
      message: `the config declares no directory cache "${name}"`,
      hint: suggestName(name, declared) ?? `add ${name} to dirs: in the config`,
    })),
    ...without.map(({ name }) => ({
      message: `dirs.${name} has no paths on ${os}`,
      hint: `add paths: {${os}: …} to it`,
    })),
  ];
  if (problems.length > 0) throw new UsageError(problems);
  return { kind: "declared", dirs: named };
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
