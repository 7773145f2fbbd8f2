import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { systemCodeOf, UsageError } from "../../errors.ts";
import type { Io } from "../io.ts";
import { isStandardOutput } from "./standard.ts";

/**
 * Writes a file that the user named; `-` is standard output. Throws a usage error if it cannot be
 * written.
 */
export async function writeNamedFile(
  file: string,
  text: string,
  { cwd, out }: Pick<Io, "cwd" | "out">,
): Promise<void> {
  if (isStandardOutput(file)) {
    out(text);
    return;
  }
  const path = resolve(cwd, file);
  try {
    await writeFile(path, text);
  } catch (cause) {
    const isHomeless = systemCodeOf(cause) === "ENOENT";
    const why = isHomeless ? "its folder does not exist" : whyUnusable(cause);
    throw new UsageError(`cannot write ${file}: ${why}`, {
      cause,
      hint: isHomeless ? "create its folder" : hintForUnusable(cause, path),
    });
  }
}
