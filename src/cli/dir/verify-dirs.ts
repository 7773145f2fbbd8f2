import { type DirectoryVerification, verifyDirectory } from "../../dir/verify.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import { UsageError } from "../../errors.ts";
import { formatRepository } from "../../oci/reference.ts";
import { renderVerifiedDirs } from "../../report/dir/dir-report.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";
import { openDirs } from "./open-dirs.ts";

/** Checks caches. Gives 1 if one has a problem. */
export async function verifyDirs(
  templates: readonly string[],
  { deep }: { readonly deep: boolean },
  options: ConfigOptions & GlobalOptions,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "read");
  await using crew = threadCrew();
  const caches: DirectoryVerification[] = [];
  for (const template of templates) {
    const { key } = await dirs.renderKey(template, io.cwd);
    const verified = await verifyDirectory(dirs.storage, key, { crew, deep });
    if (verified === undefined) {
      const repository = formatRepository(dirs.storage.repository);
      throw new UsageError(`there is no directory cache "${key}" in ${repository}`, {
        hint: "list them with `layerkeep dir ls`",
      });
    }
    caches.push(verified);
  }
  show(io, options, { caches }, () => renderVerifiedDirs(caches));
  return caches.some(({ problems }) => problems.length > 0) ? 1 : 0;
}
