import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import type { Io } from "../../cli/io.ts";

/** Creates and returns our folder for this job: `$RUNNER_TEMP/layerkeep`. */
export async function jobFolder({ env }: Pick<Io, "env">): Promise<string> {
  const temporary = env["RUNNER_TEMP"] ?? "";
  if (temporary === "") {
    throw new UsageError("RUNNER_TEMP is not set", {
      hint: "this action needs a GitHub Actions runner; elsewhere, use the layerkeep command",
    });
  }
  const folder = join(temporary, "layerkeep");
  await mkdir(folder, { recursive: true });
  return folder;
}

/**
 * Gives `run` the name of a file for `--metadata-file`, and `done` the file's content, also if the
 * run failed; `done` is not called if nothing was written. Returns the exit code.
 */
export async function withResult(
  io: Io,
  run: (file: string) => Promise<number>,
  done: (result: string) => void,
): Promise<number> {
  const file = join(await jobFolder(io), `result-${randomUUID()}.json`);
  try {
    return await run(file);
  } finally {
    const text = await readFile(file, "utf8").catch(() => undefined);
    await rm(file, { force: true });
    if (text !== undefined) done(text);
  }
}
