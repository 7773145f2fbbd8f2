import { run } from "./run.ts";

/** What all test beds of a run may need at most, in GiB; they use about 4 each. */
const needed = 16;
const size = "10g";

/**
 * Keeps a folder in memory: the engine writes and syncs many small files, which takes a third of
 * the time of a test. Undefined if there is not enough memory, or mounting is not allowed.
 */
export async function keepInMemory(dir: string): Promise<AsyncDisposable | undefined> {
  if (process.platform !== "linux" || process.availableMemory() < needed * 2 ** 30)
    return undefined;
  const purpose = `keeping ${dir} in memory`;
  try {
    await run(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dir], { purpose });
  } catch {
    return undefined;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await run(["umount", "--lazy", dir], { purpose: `unmounting ${dir}` });
    },
  };
}
