/** Readers of parsed YAML and JSON whose shape the workflow's schema has checked already. */
export type Mapping = Readonly<Record<string, unknown>>;

export function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** A list as it is, one value as a list of one, nothing as an empty list. */
export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.map((item: unknown) => item);
  return value === undefined || value === null ? [] : [value];
}

/** A scalar as text; undefined if there is none. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

export function texts(value: unknown): readonly string[] {
  return list(value).map((item) => text(item) ?? "");
}

/** The lines of a multi-line input that say something. */
export function lines(value: string | undefined): readonly string[] {
  return (value ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
