import type { Problem } from "../../errors.ts";
import { locate, type OffsetsOf, type Path, type Place, hasPath } from "./yaml-places.ts";

export type { Path, Place } from "./yaml-places.ts";

/** A YAML file as plain values with known places. */
export interface YamlFile {
  /**
   * Maps, lists, strings and null. Numbers and booleans are kept as written, so `1.10` stays
   * `1.10`. What an alias names is shared, not copied.
   */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where the key or value at a path is written, or the longest existing part of the path. */
  readonly place: (path: Path, part: "key" | "value") => Place | undefined;
  /** Whether the whole path exists in the file. */
  readonly has: (path: Path) => boolean;
}

/** Whether the value is a map from a YAML file. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Values together with their places. */
export function yamlFile(
  value: unknown,
  problems: readonly Problem[],
  offsets: OffsetsOf,
  placeOf: (offset: number) => Place,
): YamlFile {
  return {
    value,
    problems,
    place: (path, part) => {
      const found = locate(value, offsets, path, part);
      return found === undefined ? undefined : placeOf(found);
    },
    has: (path) => hasPath(value, path),
  };
}

/** A file that is not YAML. */
export function unread(problems: readonly Problem[]): YamlFile {
  return { value: undefined, problems, place: () => undefined, has: () => false };
}
