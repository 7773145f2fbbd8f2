import { FileOption, type FileUse } from "./file-use.ts";
import type { Flag } from "./flags.ts";

type More = Omit<FileUse, "as">;
type FileFlag<Text extends string> = Flag<Text, string, false>;

/** A flag that names a file to read. */
export function inputFile<const Text extends string>(
  text: Text,
  summary: string,
  more: More = {},
): FileFlag<Text> {
  return { text, option: new FileOption(text, summary, { ...more, as: "read" }) };
}

/** A flag that names a file to write. */
export function outputFile<const Text extends string>(
  text: Text,
  summary: string,
  more: More = {},
): FileFlag<Text> {
  return { text, option: new FileOption(text, summary, { ...more, as: "write" }) };
}

/** A flag that names a folder that exists. */
export function inputFolder<const Text extends string>(
  text: Text,
  summary: string,
): FileFlag<Text> {
  return { text, option: new FileOption(text, summary, { as: "folder" }) };
}

/** A flag that names a folder, which is made if it does not exist. */
export function dataFolder<const Text extends string>(text: Text, summary: string): FileFlag<Text> {
  return { text, option: new FileOption(text, summary, { as: "data" }) };
}
