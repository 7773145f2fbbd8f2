import { restoreDirectory } from "../../dir/restore/restore.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import { renderRestored } from "../../report/dir/dir-report.ts";
import type { ConfigOptions, GlobalOptions, Io, QuietOptions } from "../io.ts";
import { show } from "../show/show-result.ts";
import { openDirs } from "./open-dirs.ts";
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
  await using crew = threadCrew();
  let fetched = 0;
  const stop = showBytes(io, () => [["fetched", fetched]]);
  const { storage, memory, place } = dirs;
  const onProgress = (bytes: number): void => void (fetched = bytes);
  const request = { storage, memory, place, crew, key, prefixes, paths, owners, now: io.now };
  const restored = await restoreDirectory({ ...request, onProgress }).finally(stop);
  const result = {
    key,
    restored: restored === undefined ? null : { ...restored, seconds: io.elapsed() },
  };
  show(io, options, result, () => renderRestored(key, restored, io.elapsed()));
  return restored === undefined && required ? 1 : 0;
}
