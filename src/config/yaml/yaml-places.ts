export type Path = readonly (string | number)[];

export interface Place {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** Where the key and value of a map, or an item of a list, begin in the text. */
export interface Offsets {
  readonly key: number;
  readonly value: number;
}

/** For each map and list of a file, the offsets of its contents. */
export type OffsetsOf = WeakMap<object, ReadonlyMap<string | number, Offsets>>;

/** Where a path, or its longest existing part, begins. */
export function locate(
  root: unknown,
  offsets: OffsetsOf,
  path: Path,
  part: "key" | "value",
): number | undefined {
  let found: Offsets | undefined;
  let value = root;
  for (const step of path) {
    const next = isObject(value) ? offsets.get(value)?.get(step) : undefined;
    if (next === undefined) return found?.[isObject(value) ? "key" : "value"];
    found = next;
    value = isObject(value) ? Reflect.get(value, step) : undefined;
  }
  return found?.[part];
}

/** Whether the whole path exists in a value. */
export function hasPath(root: unknown, path: Path): boolean {
  let value = root;
  for (const step of path) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return false;
    value = Reflect.get(value, step);
  }
  return true;
}

/** Converts offsets to lines and columns; the text is scanned on first use. */
export function createPlaces(text: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
