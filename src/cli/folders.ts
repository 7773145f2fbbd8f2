import { homedir } from "node:os";
import { constants } from "node:fs";
import { access, chmod, mkdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { whyUnusable } from "../bounded-file.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "./io.ts";

/**
 * The user's cache folder for this tool. The XDG base directory specification says to ignore a
 * relative path, which would be another folder for each command's working directory.
 */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CACHE_HOME"] ?? "";
  return join(isAbsolute(base) ? base : join(homedir(), ".cache"), "layerkeep");
}

/**
 * Makes the user's cache folder. Throws a usage error if it cannot be written, as in a read-only
 * home.
 */
export async function makeCacheFolder(env: NodeJS.ProcessEnv): Promise<void> {
  const folder = cacheFolder(env);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UsageError(`cannot write the cache folder ${folder}: ${whyUnusable(cause)}`, {
      cause,
      hint: "set XDG_CACHE_HOME to a folder that this user can write to",
    });
  }
}

/** Makes a folder that only this user can read, as the XDG base directory specification asks. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // An older version left it open to others.
  await chmod(folder, 0o700);
}

/** Where the records of runs are kept that may not write to the registry. */
export function recordsFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), "records");
}

/** The embedded registry's data: the folder that `--root` names, or the default one. */
export function registryFolder(
  root: string | undefined,
  { env, cwd }: Pick<Io, "env" | "cwd">,
): string {
  return root === undefined ? join(cacheFolder(env), "registry") : resolve(cwd, root);
}
