/** Values by name over those below, which must not change as long as this is used. */
export interface Layer<Value> {
  readonly get: (name: string) => Value | undefined;
  /** Without a value, the name has none any more, whatever is below. */
  readonly set: (name: string, value: Value | undefined) => void;
  /** What was set in this layer. */
  readonly changes: ReadonlyMap<string, Value | undefined>;
  /** A layer over this one. */
  readonly over: () => Layer<Value>;
}

type LookUp<Value> = (name: string) => Value | undefined;

export function layerOver<Value>(below: LookUp<Value>): Layer<Value> {
  const own = new Map<string, Value | undefined>();
  const get = (name: string): Value | undefined => {
    const value = own.get(name);
    return value !== undefined || own.has(name) ? value : below(name);
  };
  return {
    get,
    set: (name, value) => void own.set(name, value),
    changes: own,
    // Without values of its own there is nothing to look up in it.
    over: () => layerOver(own.size === 0 ? below : get),
  };
}
