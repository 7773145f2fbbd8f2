import { parse as parseYaml } from "yaml";

/**
 * The value at a JSON pointer (RFC 6901) as text, its keys sorted; `absent` if there is none.
 * Undefined if the text is not JSON.
 */
export function atJsonPointer(text: string, pointer: string): string | undefined {
  return attempt(() => valueAt(JSON.parse(text), partsOfPointer(pointer)));
}

/**
 * The value at a path such as `jobs.build.0` as text, its keys sorted; the whole document if the
 * path is empty. Comments, quotes and the order of keys do not count. Undefined if the text is not
 * a single YAML document.
 */
export function atYamlPath(text: string, path: string): string | undefined {
  const parts = path === "" ? [] : path.split(".");
  // Numbers stay as written: 1.10 is a different version from 1.1.
  const options = { schema: "failsafe", maxAliasCount: 1000, logLevel: "error" } as const;
  return attempt(() => valueAt(parseYaml(text, options), parts));
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function partsOfPointer(pointer: string): string[] {
  const parts = pointer.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(root: unknown, parts: readonly string[]): string {
  let value = root;
  for (const part of parts) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return "absent";
    value = Reflect.get(value, part);
  }
  return `value ${canonical(value)}`;
}

/** JSON with the keys of every map sorted. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
