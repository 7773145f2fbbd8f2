import { compileGlob } from "../../../glob.ts";
import { partOf, type Text } from "../../expressions/value.ts";
import type { Field } from "../../model/field.ts";
import type { Value } from "./hcl/evaluate.ts";

/** A value of `--set`: `TARGET.KEY[.NAME]=VALUE`, and `+=` to add one to a list. */
interface Setting {
  readonly matches: (target: string) => boolean;
  readonly key: string;
  /** Of an argument or a label. */
  readonly name: string | undefined;
  readonly append: boolean;
  readonly value: Value;
}

type Values = ReadonlyMap<string, Value>;

/** Gives a target, by its name, the values of `--set`. */
export type Override = (target: string, values: Values) => Values;

/** Bake gives them to the targets that others inherit, too. */
export function overrideBy(set: readonly Field[]): Override {
  const all = set.flatMap(settingOf);
  return (target, values) => {
    const own = all.filter(({ matches }) => matches(target));
    return own.length === 0 ? values : withSettings(values, own);
  };
}

function withSettings(before: Values, settings: readonly Setting[]): Values {
  const values = new Map(before);
  const lists = new Map<string, Value[]>();
  for (const { key, name, append, value } of settings) {
    const before = values.get(key);
    if (name !== undefined) {
      const entries = before?.kind === "object" ? before.entries : new Map<string, Value>();
      values.set(key, { ...value, kind: "object", entries: new Map([...entries, [name, value]]) });
    } else if (listKeys.has(key)) {
      // All values of a key together replace the list of the file.
      const kept = append && before?.kind === "list" ? before.items : [];
      const items = [...(lists.get(key) ?? kept), value];
      lists.set(key, items);
      values.set(key, { ...value, kind: "list", items });
    } else values.set(key, value);
  }
  return values;
}

const listKeys = new Set(["cache-from", "cache-to", "output", "platforms", "tags", "attest"]);
const aliases: Readonly<Record<string, string>> = { platform: "platforms" };

function settingOf({ value, span }: Field): readonly Setting[] {
  const [, path = "", plus, text = ""] = /^([^=]*?)(\+?)=([^]*)$/.exec(value.text.trim()) ?? [];
  const [target, key, ...names] = path.split(".");
  if (target === undefined || key === undefined) return [];
  const { file, start, end } = span;
  const part: Text = partOf(value, text);
  return [
    {
      matches: compileGlob(target),
      key: aliases[key] ?? key,
      name: names.length === 0 ? undefined : names.join("."),
      append: plus === "+",
      value: { file, start, end, kind: "text", text: part },
    },
  ];
}
