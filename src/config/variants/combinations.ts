import { isRecord } from "../yaml/yaml-file.ts";

/** A key of a matrix and its values. */
export type Axis<V> = readonly [name: string, values: readonly V[]];

type Values<V> = Readonly<Record<string, V>>;

interface Combination<V> {
  readonly values: Values<V>;
  /** The index of the entry of `include` that it was made of; undefined: of the axes. */
  readonly included: number | undefined;
}

/**
 * The combinations of a matrix as GitHub makes them ("Expanding or adding matrix configurations" in
 * its documentation). An exclusion matches on the keys that it has. An inclusion is added to each
 * combination whose own values it does not change; if there is no such combination, it becomes one
 * itself.
 */
export function combine<V>(
  axes: readonly Axis<V>[],
  exclude: readonly Values<V>[],
  include: readonly Values<V>[],
): readonly Combination<V>[] {
  const kept = productOf(axes).filter((values) => !exclude.some((rule) => agrees(values, rule)));
  const result: Combination<V>[] = kept.map((values) => ({ values, included: undefined }));
  const names = new Set(axes.map(([name]) => name));
  for (const [included, rule] of include.entries()) {
    const own = Object.fromEntries(Object.entries(rule).filter(([key]) => names.has(key)));
    const matching = [...kept.keys()].filter((index) => agrees(kept[index], own));
    for (const index of matching) {
      result[index] = { values: { ...result[index]?.values, ...rule }, included: undefined };
    }
    if (matching.length === 0) result.push({ values: rule, included });
  }
  return result;
}

/** Every combination of the axes, the last one changing fastest; none without axes. */
export function productOf<V>(axes: readonly Axis<V>[]): readonly Values<V>[] {
  if (axes.length === 0) return [];
  return axes.reduce<readonly Values<V>[]>(
    (combinations, [name, values]) =>
      combinations.flatMap((combination) =>
        values.map((value) => ({ ...combination, [name]: value })),
      ),
    [{}],
  );
}

/** Whether a value has all that a rule names. Maps and lists are compared by what the rule has. */
export function agrees(value: unknown, rule: unknown): boolean {
  if (Array.isArray(rule)) {
    return Array.isArray(value) && rule.every((part, index) => agrees(value[index], part));
  }
  if (!isRecord(rule)) return value === rule;
  return (
    isRecord(value) &&
    Object.entries(rule).every(
      ([key, part]) => Object.hasOwn(value, key) && agrees(value[key], part),
    )
  );
}
