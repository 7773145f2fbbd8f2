import { harmlessJson } from "../../harmless.ts";
import type { GlobalOptions, Io } from "../io.ts";
import type { resulting } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { writeNamedFile } from "../files/write-named-file.ts";

export type ResultOptions = Pick<GlobalOptions, "json"> & OptionsOf<typeof resulting>;

/** What a run has to say for programs: printed with `--json`, written with `--metadata-file`. */
export async function showRunResult(
  result: unknown,
  { json, metadataFile }: ResultOptions,
  io: Io,
): Promise<void> {
  const text = `${harmlessJson(result, 2)}\n`;
  if (metadataFile !== undefined) await writeNamedFile(metadataFile, text, io);
  if (json) io.out(text);
}
