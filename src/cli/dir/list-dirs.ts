import { listCaches } from "../../dir/stored/find-cache.ts";
import { formatRepository } from "../../oci/reference.ts";
import { renderCaches } from "../../report/dir/dir-report.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";
import { openDirs } from "./open-dirs.ts";

/** Lists the caches whose keys begin with a prefix. */
export async function listDirs(
  prefix: string | undefined,
  options: ConfigOptions & GlobalOptions,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "read");
  const caches = await listCaches(dirs.storage, prefix);
  const repository = formatRepository(dirs.storage.repository);
  const result = {
    repository,
    caches: caches.map(({ manifest, ...cache }) => ({ ...cache, manifest: manifest.digest })),
  };
  show(io, options, result, (_, page) => renderCaches(caches, io.now().getTime(), page));
  return 0;
}
