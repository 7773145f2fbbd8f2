import type { Problem } from "../../errors.ts";
import { locate, type OffsetsOf, type Path, type Place, hasPath } from "./yaml-places.ts";

export type { Path, Place } from "./yaml-places.ts";

/** A YAML file as plain values whose places are still known. */
export interface YamlFile {
  /**
   * Maps, lists, texts and null. Numbers and booleans are the text as it is written, so that
   * `1.10` stays `1.10`. What an alias names is shared, not copied.
   */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Where a path, or as much of it as there is, is written: its key, or its value. */
  readonly place: (path: Path, part: "key" | "value") => Place | undefined;
  /** Whether the path exists in the file, to its end. */
  readonly has: (path: Path) => boolean;
}

/** Whether the value is a map of a YAML file. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Values with where they are written. */
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

/** A file that is no YAML. */
export function unread(problems: readonly Problem[]): YamlFile {
  return { value: undefined, problems, place: () => undefined, has: () => false };
}
