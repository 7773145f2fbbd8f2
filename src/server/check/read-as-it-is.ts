import { open } from "node:fs/promises";
import { systemCodeOf } from "../../errors.ts";
import { readWhole } from "../store/journal/segment.ts";

const blockBytes = 4096;

/** Reads a file, with zeros for blocks that the disk can no longer read. */
export async function readAsItIs(path: string): Promise<Buffer> {
  try {
    return await readWhole(path, Buffer.alloc(0));
  } catch (error) {
    if (systemCodeOf(error) !== "EIO") throw error;
  }
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += blockBytes) {
      await file.read(bytes, at, Math.min(blockBytes, size - at), at).catch((error: unknown) => {
        if (systemCodeOf(error) !== "EIO") throw error;
      });
    }
    return bytes;
  } finally {
    await file.close();
  }
}
