import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quote } from "../../ci/quote.ts";

/**
 * Writes a program `layerkeep` into a folder, for sh and for Windows, which runs the command line in
 * `cli` with this `node`: a job may have no Node of its own.
 */
export async function installCommand(
  folder: string,
  { node, cli }: { readonly node: string; readonly cli: string },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "layerkeep");
  await writeFile(file, `#!/bin/sh\nexec ${quote(node)} ${quote(cli)} "$@"\n`);
  await chmod(file, 0o755);
  await writeFile(`${file}.cmd`, `@"${node}" "${cli}" %*\r\n`);
}
