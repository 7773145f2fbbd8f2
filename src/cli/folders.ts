import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Io } from "./io.ts";

/** The user's cache folder for this tool, as the XDG base directory specification has it. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CACHE_HOME"] ?? "";
  return join(base === "" ? join(homedir(), ".cache") : base, "layerkeep");
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
