import { type Restored, type RestoreOptions, restoreDirectory } from "../../dir/restore/restore.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import type { Io } from "../io.ts";
import type { OpenDirs } from "./open-dirs.ts";
import { showBytes } from "./show-bytes.ts";

/** Restores, and shows how much was fetched. */
export async function restoreNow(
  { storage, memory, place }: Pick<OpenDirs, "storage" | "memory" | "place">,
  request: Pick<RestoreOptions, "key" | "prefixes" | "paths" | "names" | "owners">,
  io: Io,
): Promise<Restored | undefined> {
  await using crew = threadCrew();
  let fetched = 0;
  const stop = showBytes(io, () => [["fetched", fetched]]);
  const onProgress = (bytes: number): void => void (fetched = bytes);
  const about = { storage, memory, place, crew, now: io.now, onProgress };
  return await restoreDirectory({ ...about, ...request }).finally(stop);
}
