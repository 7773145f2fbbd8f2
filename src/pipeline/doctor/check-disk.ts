import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, systemCodeOf } from "../../errors.ts";
import { type Check, ok } from "./check.ts";

/** Bytes: less is too little for images. */
const littleSpace = 2_000_000_000;

/**
 * Whether a folder can be written, or made, and how much space there is. `needed`: nothing works
 * without it. `formatBytes` shows a number of bytes.
 */
export async function checkFolder(
  path: string,
  {
    title,
    needed,
    advice,
    formatBytes,
  }: {
    readonly title: string;
    readonly needed: boolean;
    /** What to do if it cannot be written. */
    readonly advice: string;
    readonly formatBytes: (bytes: number) => string;
  },
): Promise<Check> {
  try {
    const existing = await writableFolder(path);
    const { bavail, bsize } = await statfs(existing);
    const free = bavail * bsize;
    const detail = `${path}, ${formatBytes(free)} free`;
    if (free >= littleSpace) return ok("folder", title, detail);
    return { id: "folder", title, outcome: "warn", detail, advice: "free some disk space" };
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    const outcome = needed ? "fail" : "warn";
    const detail = `${path} cannot be written: ${messageOf(error)}`;
    return { id: "folder", title, outcome, detail, advice };
  }
}

/** The folder, or the nearest one above it that exists; throws if it cannot be written. */
async function writableFolder(path: string): Promise<string> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    return writableFolder(dirname(path));
  }
}
