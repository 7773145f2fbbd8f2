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
  let [read, sent] = [0, 0];
  const stop = showBytes(io, () => [
    ["read", read],
    ["sent", sent],
  ]);
  return await save((progress) => void ({ read, sent } = progress)).finally(stop);
}
