import { type Restored, type RestoreOptions, restoreDirectory } from "../../dir/restore/restore.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import { renderRestored } from "../../report/dir/dir-report.ts";
import type { ConfigOptions, GlobalOptions, Io, QuietOptions } from "../io.ts";
import { show } from "../show/show-result.ts";
import { type OpenDirs, openDirs } from "./open-dirs.ts";
import { showBytes } from "./show-bytes.ts";

interface Request {
  readonly key: string;
  readonly prefixes: readonly string[];
  readonly paths: readonly string[];
  readonly owners: boolean;
  readonly required: boolean;
}

/** Restores paths. Gives 1 if there is no cache and one is required. */
export async function restoreDir(
  { key: template, prefixes: templates, paths, owners, required }: Request,
  options: ConfigOptions & GlobalOptions & QuietOptions,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "read");
  const { key } = await dirs.renderKey(template);
  const prefixes = await Promise.all(
    templates.map(async (prefix) => (await dirs.renderKey(prefix)).key),
  );
  const restored = await restoreNow(dirs, { key, prefixes, paths, owners }, io);
  const result = {
    key,
    restored: restored === undefined ? null : { ...restored, seconds: io.elapsed() },
  };
  show(io, options, result, () => renderRestored(key, restored, io.elapsed()));
  return restored === undefined && required ? 1 : 0;
}

/** Restores, and shows how much was fetched. */
export async function restoreNow(
  { storage, memory, place }: Pick<OpenDirs, "storage" | "memory" | "place">,
  request: Pick<RestoreOptions, "key" | "prefixes" | "paths" | "owners">,
  io: Io,
): Promise<Restored | undefined> {
  await using crew = threadCrew();
  let fetched = 0;
  const stop = showBytes(io, () => [["fetched", fetched]]);
  const onProgress = (bytes: number): void => void (fetched = bytes);
  const about = { storage, memory, place, crew, now: io.now, onProgress };
  return await restoreDirectory({ ...about, ...request }).finally(stop);
}
