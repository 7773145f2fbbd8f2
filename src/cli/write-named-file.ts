import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, systemCodeOf, UsageError } from "../errors.ts";
import type { Io } from "./io.ts";

/** Writes a file that the user named. Throws a usage error if it cannot be written. */
export async function writeNamedFile(
  file: string,
  text: string,
  { cwd }: Pick<Io, "cwd">,
): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), text);
  } catch (cause) {
    throw new UsageError(`${file} cannot be written: ${messageOf(cause)}`, {
      cause,
      hint: hints[systemCodeOf(cause) ?? ""],
    });
  }
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: "create its folder",
  ENOSPC: "the disk is full: delete something, or name a file on another disk",
};
