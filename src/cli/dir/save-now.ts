import type { SaveProgress } from "../../dir/save/save-tree.ts";
import { saveDirectory } from "../../dir/save/save.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import type { Io } from "../io.ts";
import type { OpenDirs } from "./open-dirs.ts";
import { showBytes } from "./show-bytes.ts";

/** Saves, and shows how much was done. */
export async function saveNow(
  { storage, memory }: Pick<OpenDirs, "storage" | "memory">,
  request: Pick<Parameters<typeof saveDirectory>[0], "key" | "paths" | "allowEmpty">,
  io: Io,
): ReturnType<typeof saveDirectory> {
  await using crew = threadCrew();
  return await showingSave(io, (onProgress) =>
    saveDirectory({ storage, memory, crew, ...request, now: io.now, onProgress }),
  );
}

/** Shows how much a save has done, while it runs. */
export async function showingSave<Result>(
  io: Io,
  save: (onProgress: (progress: SaveProgress) => void) => Promise<Result>,
): Promise<Result> {
  let progress: SaveProgress = { read: 0, toRead: 0, sent: 0 };
  const stop = showBytes(io, () => [
    { verb: "read", done: progress.read, total: progress.toRead },
    { verb: "sent", done: progress.sent },
  ]);
  return await save((now) => void (progress = now)).finally(stop);
}
