import { posix } from "node:path";
import { suggest } from "../../../../nearest.ts";
import { parseConfigPath, pathFrom } from "../../../config-path.ts";
import { UsageError } from "../../../../errors.ts";
import { isRecord, type Path } from "../../../yaml/yaml-file.ts";
import { notCarried } from "../../notes.ts";
import type { ComposeReader } from "./reader.ts";

/** One entry of `include`. */
export interface Include {
  /** Its place in the file that includes. */
  readonly path: Path;
  /** The first, and files that override it, from the config's folder. */
  readonly files: readonly string[];
  /** What their paths are relative to. */
  readonly folder: string;
}

const keys = ["path", "project_directory", "env_file"];

/** The entries of a file's `include`, in its short and long forms; problems are reported. */
export function includesOf(value: unknown, reader: ComposeReader): readonly Include[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    reader.problem(["include"], "include must be a list");
    return [];
  }
  return value.flatMap((entry: unknown, index) => {
    const path: Path = ["include", index];
    return includeOf(typeof entry === "string" ? { path: entry } : entry, path, reader) ?? [];
  });
}

function includeOf(entry: unknown, path: Path, reader: ComposeReader): Include | undefined {
  if (!isRecord(entry)) {
    reader.problem(path, "an entry of include must be a string or a map");
    return undefined;
  }
  for (const key of Object.keys(entry).filter((one) => !keys.includes(one))) {
    reader.problem([...path, key], `unknown key "${key}" in include`, suggest(key, keys));
  }
  if (entry["env_file"] !== undefined) {
    const hint = "declare its variables under vars in the config";
    reader.note([...path, "env_file"], notCarried("env_file", hint));
  }
  const files = textsOf(entry["path"]).map((text) => localFile(text, path, reader));
  const [first] = files;
  if (first === undefined && files.length === 0) {
    reader.problem(path, "an entry of include needs a path");
  }
  if (first === undefined || files.includes(undefined)) return undefined;
  const own = entry["project_directory"];
  const folder =
    typeof own === "string"
      ? pathFrom(reader.folder, reader.interpolated(own, [...path, "project_directory"]))
      : posix.dirname(first);
  return { path, files: files.filter((file) => file !== undefined), folder };
}

/** The path of a file that another one names, from the config's folder. */
export function localFile(text: string, path: Path, reader: ComposeReader): string | undefined {
  const written = reader.interpolated(text, path);
  if (/^(?:[a-z+]+:\/\/|git@|github\.com\/|oci:)/i.test(written)) {
    reader.problem(path, `"${written}" is a remote file`, "use a file in this repository");
    return undefined;
  }
  try {
    const from = reader.folder === "." ? undefined : reader.folder;
    return posix.join(reader.folder, parseConfigPath(written, from));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    reader.problem(path, error.message, error.hint);
    return undefined;
  }
}

function textsOf(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.filter((item) => typeof item === "string");
}
