import { UsageError } from "../../errors.ts";
import { compileGlob } from "../../glob.ts";
import { suggest } from "../../nearest.ts";
import type { Report } from "../schema/report.ts";
import { isRecord, type Path, type YamlFile } from "../yaml/yaml-file.ts";
import { checkSize } from "./entry.ts";
import {
  expandGithubMatrix,
  type FoundList,
  isExpression,
  type ListItem,
} from "./github-matrix.ts";

/** The keys that lead to lists, each a glob. */
export interface ListPath {
  /** Where it is written in the config. */
  readonly at: Path;
  readonly keys: readonly string[];
}

interface FoundItems {
  readonly items: readonly ListItem[];
  /** Paths of expressions that a glob leads to: only CI can tell their lists. */
  readonly expressions: readonly Path[];
}

/**
 * The items of all lists that the import's `at` names, in its order and the file's. A list that
 * several paths or aliases lead to counts once. Undefined if a path is wrong, which is reported.
 */
export function findItems(
  { file, lists }: { readonly file: string; readonly lists: readonly ListPath[] },
  yaml: YamlFile,
  report: Report,
): FoundItems | undefined {
  const found = lists.map(({ at, keys }) => report.try(at, () => findLists(keys, file, yaml)));
  if (found.includes(undefined)) return undefined;
  const all = [...new Map(found.flatMap((one) => [...(one ?? [])])).values()];
  return {
    items: all.flatMap(({ items }) => (items === "unknown" ? [] : items)),
    expressions: all.flatMap(({ path, items }) => (items === "unknown" ? [path] : [])),
  };
}

/**
 * The lists and matrices that one path leads to, and expressions in their place, by identity. A glob
 * passes over everything else, but must lead to a list: otherwise a usage error is thrown.
 */
function findLists(
  keys: readonly string[],
  file: string,
  yaml: YamlFile,
): ReadonlyMap<unknown, FoundList> {
  let places: Places = new Map([[yaml.value, []]]);
  for (const [depth, key] of keys.entries()) {
    const where = depth === 0 ? file : `${keys.slice(0, depth).join(".")} in ${file}`;
    const below = step(places, key);
    if (below.size === 0) throw missing(key, where, [...places.keys()].filter(isRecord));
    places = below;
  }
  const name = `${keys.join(".")} in ${file}`;
  const isNamed = !isGlob(keys.at(-1) ?? "");
  const found = new Map(
    [...places].flatMap(([value, path]) => {
      const list = listAt(value, path, isNamed ? file : undefined);
      return list === undefined ? [] : [[value, list] as const];
    }),
  );
  const lists = [...found.values()].flatMap(({ items }) => (items === "unknown" ? [] : [items]));
  if (lists.length === 0) {
    const inner = [...places.keys()].some((map) => isRecord(map) && Object.hasOwn(map, "include"));
    const hint = inner ? `use at: ${keys.join(".")}.include` : undefined;
    throw new UsageError(`${name} is not a list`, { hint });
  }
  const size = lists.reduce((sum, list) => sum + list.length, 0);
  if (size === 0) throw new UsageError(`${name} is empty`);
  checkSize(name, size);
  return found;
}

/** What is found at a path. A map is a matrix only if its key is named, since a glob finds others. */
function listAt(value: unknown, path: Path, named: string | undefined): FoundList | undefined {
  if (isExpression(value)) return { path, items: "unknown" };
  if (Array.isArray(value)) {
    return {
      path,
      items: value.map((item: unknown, index) => ({ path: [...path, index], value: item })),
    };
  }
  if (named === undefined || !isRecord(value)) return undefined;
  return expandGithubMatrix(value, path, named);
}

function missing(
  key: string,
  where: string,
  maps: readonly Readonly<Record<string, unknown>>[],
): UsageError {
  if (maps.length === 0) return new UsageError(`${where} is not a map, so it has no ${key}`);
  const what = isGlob(key) ? "key that matches" : "key";
  const others = [...new Set(maps.flatMap((map) => Object.keys(map)))];
  const hint = others.length === 0 ? undefined : suggest(key, others);
  return new UsageError(`${where} has no ${what} "${key}"`, { hint });
}

/** Values by identity, so that aliases do not multiply them, each with its path. */
type Places = ReadonlyMap<unknown, Path>;

/** What is below a key, or below all keys that match it as a glob. */
function step(places: Places, key: string): Places {
  // A key is not a path: * matches a / in it, too.
  const matches = compileGlob(key.replace(/\*+/g, "**"));
  const found = new Map<unknown, Path>();
  for (const [value, path] of places) {
    if (!isRecord(value)) continue;
    const names = Object.hasOwn(value, key) ? [key] : Object.keys(value).filter(matches);
    for (const name of names) {
      if (!found.has(value[name])) found.set(value[name], [...path, name]);
    }
  }
  return found;
}

function isGlob(key: string): boolean {
  return /[*?]/.test(key);
}
