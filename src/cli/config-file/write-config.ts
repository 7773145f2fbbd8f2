import { writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { systemCodeOf, UsageError } from "../../errors.ts";
import type { Io } from "../io.ts";
import { alreadyExists } from "./choose-file.ts";
import type { WriteOptions } from "./write-options.ts";

/** Writes a config. Throws a usage error if the file exists, unless `--force` is given. */
export async function writeConfig(
  file: string,
  text: string,
  { force = false }: Pick<WriteOptions, "force">,
  { cwd }: Pick<Io, "cwd">,
): Promise<void> {
  const name = relative(cwd, file);
  try {
    await writeFile(file, text, { flag: force ? "w" : "wx" });
  } catch (cause) {
    if (systemCodeOf(cause) === "EEXIST") throw alreadyExists(name);
    throw new UsageError(`cannot write ${name}: ${whyUnusable(cause)}`, {
      cause,
      hint: hintForUnusable(cause, name),
    });
  }
}
