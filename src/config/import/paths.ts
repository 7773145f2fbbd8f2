import { posix } from "node:path";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";

/** A path relative to a folder, made relative to the config's folder; an address stays as it is. */
export function pathFrom(folder: string, path: string): string {
  if (isRemoteContext(path) || posix.isAbsolute(path) || path.includes("\\")) return path;
  return posix.join(folder, path);
}

/** A field of one line of CSV, quoted if Go's encoding/csv requires it. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
