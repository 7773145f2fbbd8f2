import { posix } from "node:path";
import { isRemoteContext } from "../dockerfile/remote-source.ts";
import { UsageError } from "../errors.ts";

/**
 * A path relative to the config's folder, or to another one that is named, in its shortest form:
 * `./a/` is `a`. It may lead out of the folder. Throws a usage error for an absolute path, because a plan is carried
 * from one machine to another.
 */
export function parseConfigPath(text: string, folder = "the config's folder"): string {
  if (text === "") throw new UsageError("the path is empty", { hint: "write . for this folder" });
  if (text.includes("\0")) throw new UsageError("the path contains a NUL character");
  if (text.includes("\\")) {
    throw new UsageError(`the path "${text}" contains a backslash`, {
      hint: `write ${text.replaceAll("\\", "/")}`,
    });
  }
  if (posix.isAbsolute(text) || /^[A-Za-z]:\//.test(text)) {
    throw new UsageError(`the path "${text}" is absolute`, {
      hint: `use a path relative to ${folder}, so that it works on every machine`,
    });
  }
  const path = posix.normalize(text).replace(/\/$/, "");
  return path;
}

/** A path that starts from a folder, as one that starts from the config's; an address as it is. */
export function pathFrom(folder: string, path: string): string {
  if (isRemoteContext(path) || posix.isAbsolute(path) || path.includes("\\")) return path;
  return posix.join(folder, path);
}
