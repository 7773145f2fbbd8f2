import { posix } from "node:path";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";

/** A path that starts from a folder, as one that starts from the config's; an address as it is. */
export function pathFrom(folder: string, path: string): string {
  if (isRemoteContext(path) || posix.isAbsolute(path) || path.includes("\\")) return path;
  return posix.join(folder, path);
}

/** A field of one line of CSV, quoted where Go's encoding/csv asks for it. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
