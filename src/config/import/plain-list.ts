import type { Path, Place, YamlFile } from "../yaml-file.ts";

/** An entry's fields on lines of their own, with texts that mean in YAML what they look like. */
const field = /^( *)(- +)?([A-Za-z_][\w-]*):(?: +(.*))?$/;
const blank = /^ *(?:#.*)?$/;
const quoted = /^(?:'([^']*)'|"([^"\\]*)")(?: +#.*)?$/;
const plain = /^([\w./][\w./@+=-]*(?::[\w./@+=-]+)*)(?: +#.*)?$/;
/** What YAML takes for null; and keys that objects have by themselves. */
const special = /^(?:null|Null|NULL|__proto__|constructor|prototype)$/;

/**
 * A YAML file that is no more than lists of flat maps, as most matrix files are: the same values
 * and places of entries as `readYaml` gives, in a tenth of the time. Undefined for any other file,
 * a broken one included: `readYaml` reads those.
 */
export function readPlainLists(text: string): YamlFile | undefined {
  const root: Record<string, Record<string, string | null>[] | null> = {};
  const places = new Map<string, { readonly key: Place; readonly items: Place[] }>();
  let list: string | undefined;
  let entry: Record<string, string | null> | undefined;
  let dash = -1;
  let indent = -1;
  let line = 0;
  for (const content of text.split("\n")) {
    line += 1;
    if (blank.test(content)) continue;
    if (content === "---" && line === 1) continue;
    const match = field.exec(content);
    if (match === null) return undefined;
    const [, spaces = "", marker, key = "", rest = ""] = match;
    if (special.test(key)) return undefined;
    const column = spaces.length + (marker?.length ?? 0);
    if (marker === undefined && column === 0) {
      if (!/^(?:#.*)?$/.test(rest) || Object.hasOwn(root, key)) return undefined;
      root[key] = null;
      places.set(key, { key: { line, column: 1 }, items: [] });
      [list, entry, dash] = [key, undefined, -1];
      continue;
    }
    if (list === undefined) return undefined;
    if (marker !== undefined) {
      if (dash >= 0 && spaces.length !== dash) return undefined;
      [dash, indent, entry] = [spaces.length, column, {}];
      (root[list] ??= []).push(entry);
      places.get(list)?.items.push({ line, column: column + 1 });
    }
    const value = textOf(rest);
    if (entry === undefined || column !== indent || value === undefined) return undefined;
    if (Object.hasOwn(entry, key)) return undefined;
    entry[key] = value;
  }
  if (Object.keys(root).length === 0) return undefined;
  return {
    value: root,
    problems: [],
    place: (path) => placeOf(path, places),
    has: (path) => path.length === 1 && Object.hasOwn(root, String(path[0])),
  };
}

/** Undefined for what takes a whole reader. */
function textOf(rest: string): string | null | undefined {
  if (/^(?:#.*)?$/.test(rest)) return null;
  const [, single, double] = quoted.exec(rest) ?? [];
  const text = single ?? double ?? plain.exec(rest)?.[1];
  if (text === undefined) return undefined;
  return special.test(text) && single === undefined && double === undefined ? undefined : text;
}

/** Of a list, or of an entry of it: no more is asked for. */
function placeOf(
  [name, index]: Path,
  places: ReadonlyMap<string, { readonly key: Place; readonly items: readonly Place[] }>,
): Place | undefined {
  const found = places.get(String(name));
  return typeof index === "number" ? found?.items[index] : found?.key;
}
