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
  let [read, sent] = [0, 0];
  await using crew = threadCrew();
  const stop = showBytes(io, () => [
    ["read", read],
    ["sent", sent],
  ]);
  try {
    const onProgress = (progress: { readonly read: number; readonly sent: number }): void => {
      ({ read, sent } = progress);
    };
    return await saveDirectory({ storage, memory, crew, ...request, now: io.now, onProgress });
  } finally {
    stop();
  }
}
