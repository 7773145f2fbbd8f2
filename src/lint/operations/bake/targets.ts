import type { Text } from "../../expressions/value.ts";
import type { Environment } from "../../model/environment.ts";
import type { Span } from "../../yaml/node.ts";
import type { BakeFile } from "./bake-file.ts";
import type { Override } from "./overrides.ts";
import { evaluate, type Lookup, textIn, type Value } from "./hcl/evaluate.ts";
import type { Block } from "./hcl/expression.ts";

/** A target with what it inherits, and its values: of a matrix, one row. */
export interface BakeTarget {
  readonly name: string;
  readonly span: Span;
  readonly values: ReadonlyMap<string, Value>;
  /** Whether it is only built as a context of others. */
  readonly linked: boolean;
}

export interface BakeTargets {
  readonly targets: readonly BakeTarget[];
  /** Names that no target has. */
  readonly missing: readonly string[];
}

/** Groups and inherited targets in each other. */
const deepest = 20;
const mostTargets = 1_000;

/** What is set beside the bake file. */
export interface BakeSettings {
  /** Values of variables. */
  readonly environment: Environment;
  readonly override: Override;
}

interface Setting {
  readonly file: BakeFile;
  readonly override: Override;
}

/** The targets that bake builds for some names. */
export function resolveTargets(
  file: BakeFile,
  names: readonly string[],
  { environment, override }: BakeSettings,
): BakeTargets {
  const lookUp = variableLookup(file, environment);
  const setting = { file, override };
  const all = [...file.targets.values()].flatMap((block) => targetsOf(block, lookUp, setting));
  const byName = new Map(all.map((target) => [target.name, target]));
  const missing: string[] = [];
  const membersOf = (name: string, depth: number): readonly string[] => {
    const group = file.groups.get(name);
    const inMatrix = all.filter((target) => target.block === name).map((target) => target.name);
    const found = byName.has(name) ? [name] : inMatrix;
    if (group === undefined || depth > deepest) {
      if (found.length === 0) missing.push(name);
      return found;
    }
    const targets = group.body.attributes.get("targets");
    const members = targets === undefined ? [] : textsIn(evaluate(targets, lookUp));
    return members.flatMap(({ text }) => (text === name ? found : membersOf(text, depth + 1)));
  };
  const wanted = new Set(names.flatMap((name) => membersOf(name, 0)).slice(0, mostTargets));
  const linked = new Set([...wanted].flatMap((name) => linksOf(byName.get(name))));
  const builds = [...wanted, ...[...linked].filter((name) => !wanted.has(name))];
  return {
    targets: builds.flatMap((name) => {
      const target = byName.get(name);
      return target === undefined ? [] : [{ ...target, linked: !wanted.has(name) }];
    }),
    missing,
  };
}

interface Found extends Omit<BakeTarget, "linked"> {
  /** The name of its block. */
  readonly block: string;
}

function targetsOf(block: Block, lookUp: Lookup, setting: Setting): readonly Found[] {
  return rowsOf(block, lookUp).map((row) => {
    const inRow: Lookup = (name) => row.get(name) ?? lookUp(name);
    const own = inherited(block, inRow, setting, 0);
    const given = own.get("name");
    const name = given === undefined || row.size === 0 ? block.name : textIn(given).text;
    const values = setting.override(name, own);
    return { name, block: block.name, span: block.span, values };
  });
}

/** The rows of `matrix`; one without values if there is none. */
function rowsOf({ body }: Block, lookUp: Lookup): readonly ReadonlyMap<string, Value>[] {
  const matrix = body.attributes.get("matrix");
  const value = matrix === undefined ? undefined : evaluate(matrix, lookUp);
  if (value?.kind !== "object") return [new Map()];
  return [...value.entries].reduce<readonly ReadonlyMap<string, Value>[]>(
    (rows, [name, values]) =>
      rows
        .flatMap((row) => itemsIn(values).map((item) => new Map([...row, [name, item]])))
        .slice(0, mostTargets),
    [new Map()],
  );
}

/** Its own values over those of the targets that it inherits; later ones win over earlier ones. */
function inherited(
  { body }: Block,
  lookUp: Lookup,
  setting: Setting,
  depth: number,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const add = (key: string, value: Value): void => {
    const before = values.get(key);
    const isMap = before?.kind === "object" && value.kind === "object";
    const entries = isMap ? new Map([...before.entries, ...value.entries]) : undefined;
    values.set(key, entries === undefined ? value : { ...value, kind: "object", entries });
  };
  const parents = body.attributes.get("inherits");
  for (const name of parents === undefined ? [] : textsIn(evaluate(parents, lookUp))) {
    const parent = setting.file.targets.get(name.text);
    if (parent === undefined || depth > deepest) continue;
    const values = inherited(parent, lookUp, setting, depth + 1);
    for (const [key, value] of setting.override(parent.name, values)) add(key, value);
  }
  for (const [key, expression] of body.attributes) {
    const value = evaluate(expression, lookUp);
    if (value.kind !== "null") add(key, value);
  }
  return values;
}

/** A variable's value is that of the environment, or its default. */
function variableLookup({ variables }: BakeFile, environment: Environment): Lookup {
  const open = new Set<string>();
  const lookUp: Lookup = (name) => {
    const preset = variables.get(name);
    if (preset === undefined || open.has(name)) return undefined;
    const text = environment.get(name);
    const { file, start, end } = preset;
    if (text !== undefined) return { file, start, end, kind: "text", text };
    open.add(name);
    const value = evaluate(preset, lookUp);
    open.delete(name);
    return value;
  };
  return lookUp;
}

/** Targets that are contexts of a target: `contexts = { base = "target:base" }`. */
function linksOf(target: Found | undefined): readonly string[] {
  const contexts = target?.values.get("contexts");
  if (contexts?.kind !== "object") return [];
  return [...contexts.entries.values()].flatMap((value) => {
    const [, name] = /^target:(.*)$/.exec(textIn(value).text) ?? [];
    return name === undefined ? [] : [name];
  });
}

export function itemsIn(value: Value | undefined): readonly Value[] {
  if (value === undefined || value.kind === "null") return [];
  return value.kind === "list" ? value.items : [value];
}

function textsIn(value: Value): readonly Text[] {
  return itemsIn(value).map(textIn);
}
