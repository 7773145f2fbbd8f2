import { stat } from "node:fs/promises";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";
import { inspectRoot } from "./inspect-root.ts";

/** Throws a usage error if the folder does not exist or does not belong to a registry. */
export async function requireRegistry(root: string): Promise<void> {
  const hint = "pass the folder that `layerkeep registry serve --root` uses";
  if (!(await isFolder(root))) throw new UsageError(`folder not found: ${root}`, { hint });
  const state = await inspectRoot(root);
  if (state === "marked" || state === "unmarked") return;
  throw new UsageError(`${root} is not a registry folder`, { hint });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(cause) ?? "")) return false;
    throw new UsageError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
