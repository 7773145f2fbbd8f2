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
    throw new UsageError(`cannot write ${file}: ${messageOf(cause)}`, {
      cause,
      hint: hints[systemCodeOf(cause) ?? ""],
    });
  }
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: "create its folder",
  ENOSPC: "the disk is full: free some space, or choose a file on another disk",
};
