/** What is read at a path in JSON of any shape; undefined where something on the way is missing. */
export function at(json: string | object, ...path: readonly (string | number)[]): unknown {
  let value: unknown = typeof json === "string" ? JSON.parse(json) : json;
  for (const key of path) {
    value =
      typeof value === "object" && value !== null
        ? new Map(Object.entries(value)).get(String(key))
        : undefined;
  }
  return value;
}
