import { UsageError } from "../../errors.ts";
import { compileGlob } from "../../glob.ts";
import { suggest } from "../../nearest.ts";
import type { Report } from "../schema/report.ts";
import { isRecord, type Path, type YamlFile } from "../yaml/yaml-file.ts";
import { mostEntries } from "./entry.ts";

/** The keys that lead to lists, each a glob. */
export interface ListPath {
  /** Where it is written in the config. */
  readonly at: Path;
  readonly keys: readonly string[];
}

/** An item of a list, and its path in the file. */
interface ListItem {
  readonly path: Path;
  readonly value: unknown;
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
  const places = new Map(found.flatMap((one) => [...(one ?? [])]));
  return {
    items: [...places].flatMap(([list, path]) =>
      isList(list) ? list.map((value, index) => ({ path: [...path, index], value })) : [],
    ),
    expressions: [...places].flatMap(([value, path]) => (isList(value) ? [] : [path])),
  };
}

/**
 * The lists that one path leads to, and expressions in their place. A glob passes over everything
 * else, but must lead to a list: otherwise a usage error is thrown.
 */
function findLists(keys: readonly string[], file: string, yaml: YamlFile): Places {
  let places: Places = new Map([[yaml.value, []]]);
  for (const [depth, key] of keys.entries()) {
    const where = depth === 0 ? file : `${keys.slice(0, depth).join(".")} in ${file}`;
    const below = step(places, key);
    if (below.size === 0) throw missing(key, where, [...places.keys()].filter(isRecord));
    places = below;
  }
  const name = `${keys.join(".")} in ${file}`;
  const lists = [...places.keys()].filter(isList);
  if (lists.length === 0) {
    const inner = [...places.keys()].some((map) => isRecord(map) && Object.hasOwn(map, "include"));
    const hint = inner ? `set at: ${keys.join(".")}.include` : undefined;
    throw new UsageError(`${name} is not a list`, { hint });
  }
  const size = lists.reduce((sum, list) => sum + list.length, 0);
  if (size === 0) throw new UsageError(`${name} is empty`);
  if (size > mostEntries) {
    throw new UsageError(`${name} has ${size} entries, but the limit is ${mostEntries}`);
  }
  return new Map([...places].filter(([value]) => isList(value) || isExpression(value)));
}

function missing(
  key: string,
  where: string,
  maps: readonly Readonly<Record<string, unknown>>[],
): UsageError {
  if (maps.length === 0) return new UsageError(`${where} is not a map, so it has no ${key}`);
  const what = /[*?]/.test(key) ? "key that matches" : "key";
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

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Such as `${{ fromJSON(needs.changes.outputs.matrix) }}`. */
function isExpression(value: unknown): boolean {
  return typeof value === "string" && value.includes("${{");
}
