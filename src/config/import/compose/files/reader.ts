import { type Report, reportOnEntry } from "../../../schema/report.ts";
import type { Variables } from "../../../variables.ts";
import type { Path, YamlFile } from "../../../yaml/yaml-file.ts";
import type { Note } from "../../notes.ts";
import { interpolate } from "../interpolate.ts";

/** One of the files of a Compose project. */
export interface ComposeReader {
  /** Relative to the config's folder. */
  readonly file: string;
  /** What its paths are relative to, from the config's folder. */
  readonly folder: string;
  /** The whole project's secrets, those of other files included. */
  readonly secrets: ReadonlyMap<string, DeclaredSecret>;
  readonly variables: Variables;
  readonly problem: (path: Path, message: string, hint?: string) => void;
  /** Adds a warning that does not prevent the import. */
  readonly note: (path: Path, text: string) => void;
  /** A text with its variables replaced; problems with them are reported. */
  readonly interpolated: (text: string, path: Path) => string;
  /** Where something is written: `compose.yml:4`. */
  readonly placeOf: (path: Path) => string;
}

/** A top-level secret, and the file that declares it. */
export interface DeclaredSecret {
  readonly value: unknown;
  readonly reader: ComposeReader;
}

/** What all files of a project share. */
export interface ComposeProject extends Pick<ComposeReader, "secrets" | "variables"> {
  readonly report: Report;
  /** The place of the import in the config. */
  readonly told: Path;
  readonly notes: Note[];
}

/** Reads one file; problems and notes have their place in it. */
export function createReader(
  { file, folder }: Pick<ComposeReader, "file" | "folder">,
  yaml: YamlFile,
  { secrets, variables, report, told, notes }: ComposeProject,
): ComposeReader {
  const placeOf = (path: Path): string => `${file}:${yaml.place(path, "key")?.line ?? 1}`;
  const problem: ComposeReader["problem"] = (path, message, hint) => {
    const { line = 1, column = 1 } = yaml.place(path, "key") ?? {};
    reportOnEntry(report, `${file}:${line}:${column}`).add(told, message, hint);
  };
  return {
    ...{ file, folder, secrets, variables, problem, placeOf },
    note: (path, text) => notes.push({ text, place: placeOf(path) }),
    interpolated: (text, path) => {
      const result = interpolate(text, variables);
      for (const { message, hint } of result.problems) problem(path, message, hint);
      return result.text;
    },
  };
}
