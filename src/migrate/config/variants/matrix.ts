import { defined } from "./raw-variant.ts";
import type { NamedVariant, Raw, RawMap } from "../raw-config.ts";

/** Fewer variants are as easy to read one by one. */
const fewest = 4;

/** Variants with the same keys, from `fewest` on, as one with a matrix of what differs. */
export function asMatrices(variants: readonly NamedVariant[]): readonly NamedVariant[] {
  const groups = new Map<string, NamedVariant[]>();
  for (const variant of variants) {
    const key = shapeOf(variant.raw);
    groups.set(key, [...(groups.get(key) ?? []), variant]);
  }
  const taken = new Set(variants.map(({ name }) => name));
  return [...groups.values()].flatMap((group) => {
    if (group.length < fewest) return group;
    const name = freeName(taken);
    return [{ name, raw: matrixOf(withRunners(group)) }];
  });
}

function freeName(taken: Set<string>): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? "images" : `images-${count}`;
    if (!taken.has(name)) {
      taken.add(name);
      return name;
    }
  }
}

/** Two variants of one shape differ in texts alone, and not in what they publish. */
function shapeOf(raw: RawMap): string {
  const { publish, cache, runners, ...rest } = raw;
  return JSON.stringify([
    latestOpen(publish),
    cache,
    oneRunner(raw) === undefined ? runners : "one",
    leavesOf(rest).map(({ path }) => path),
  ]);
}

/** `latest` may differ: it changes no other tag. */
function latestOpen(publish: Raw | undefined): string {
  return publish === undefined ? "" : JSON.stringify(publish).replace(/"latest=\w+"/g, '"latest="');
}

/** The runner of all platforms, empty for the usual ones; undefined if they have several. */
function oneRunner({ runners, platforms }: RawMap): string | undefined {
  const labels = typeof runners === "object" ? Object.values(runners as RawMap) : [""];
  const [label] = labels;
  const legs = Array.isArray(platforms) ? platforms.length : 1;
  const isOne = new Set(labels).size === 1 && (runners === undefined || labels.length === legs);
  return isOne && typeof label === "string" ? label : undefined;
}

/** With one text for the runner, if any variant of the group has one. */
function withRunners(group: readonly NamedVariant[]): readonly NamedVariant[] {
  const labels = group.map(({ raw }) => oneRunner(raw));
  if (labels.some((label) => label === undefined) || labels.every((label) => label === "")) {
    return group;
  }
  return group.map(({ name, raw }, at) => ({ name, raw: { ...raw, runners: labels[at] } }));
}

interface Leaf {
  readonly path: readonly string[];
  readonly text: string;
}

/** The texts of a variant, with their paths. Platforms count as one text. */
function leavesOf(raw: Raw, path: readonly string[] = []): readonly Leaf[] {
  if (path.length === 1 && path[0] === "platforms" && Array.isArray(raw)) {
    return [{ path, text: raw.join(",") }];
  }
  if (typeof raw !== "object") return [{ path, text: String(raw) }];
  return Object.entries(raw).flatMap(([key, value]) =>
    value === undefined ? [] : leavesOf(value, [...path, key]),
  );
}

function matrixOf(group: readonly NamedVariant[]): RawMap {
  const [first] = group;
  const rows: Record<string, string>[] = group.map(({ name }) => ({ image: name }));
  const fields = new Map<string, string>();
  for (const { path } of leavesOf(first?.raw ?? {})) {
    const texts = group.map(({ raw }) => textAt(raw, path));
    if (texts.every((text) => text === texts[0])) continue;
    fields.set(path.join("\0"), fieldFor(texts, path, rows));
  }
  const template = filled(first?.raw ?? {}, [], fields) as RawMap;
  return defined({ matrix: { include: rows }, name: "{image}", ...template });
}

/** The field whose values these are, in the rows; a new one if there is none yet. */
function fieldFor(
  texts: readonly string[],
  path: readonly string[],
  rows: readonly Record<string, string>[],
): string {
  const [known] = Object.keys(rows[0] ?? {}).flatMap((name) => {
    const prefixes = new Set(
      rows.map((row, at) => {
        const text = texts[at] ?? "";
        const value = row[name] ?? "";
        return value !== "" && text.endsWith(value) ? text.slice(0, -value.length) : undefined;
      }),
    );
    const [prefix] = prefixes;
    return prefixes.size === 1 && prefix !== undefined ? [`${prefix}{${name}}`] : [];
  });
  if (known !== undefined) return known;
  const [, attribute] = /^([a-z]+)=/.exec(texts[0] ?? "") ?? [];
  const isAttribute = path[0] === "publish" && attribute !== undefined;
  const name = freeField(isAttribute ? attribute : (path.at(-1) ?? ""), rows[0] ?? {});
  for (const [at, row] of rows.entries()) {
    const text = texts[at] ?? "";
    row[name] = isAttribute ? text.slice(attribute.length + 1) : text;
  }
  return isAttribute ? `${attribute}={${name}}` : `{${name}}`;
}

function freeField(wanted: string, row: Readonly<Record<string, string>>): string {
  const letters = wanted.replace(/[^\w-]+/g, "-").replace(/^[^A-Za-z_]+/, "");
  const base =
    letters === "" || ["name", "suffix", "platform"].includes(letters)
      ? `${letters || "value"}-text`
      : letters;
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (!Object.hasOwn(row, name)) return name;
  }
}

function textAt(raw: RawMap, path: readonly string[]): string {
  return leavesOf(raw).find((leaf) => leaf.path.join("\0") === path.join("\0"))?.text ?? "";
}

function filled(raw: Raw, path: readonly string[], fields: ReadonlyMap<string, string>): Raw {
  const field = fields.get(path.join("\0"));
  if (field !== undefined) return field;
  if (typeof raw !== "object") return raw;
  if (Array.isArray(raw)) {
    return raw.map((value: Raw, at) => filled(value, [...path, String(at)], fields));
  }
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key,
      value === undefined ? undefined : filled(value, [...path, key], fields),
    ]),
  );
}
