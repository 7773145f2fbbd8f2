import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { EngineError } from "../../src/errors.ts";

/** Where the system's programs are; a scrubbed or a user's PATH lacks the sbin folders. */
const systemFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];

/** Where Docker looks for the plugins of its client, beside the user's own config. */
const pluginFolders = ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"].map(
  (folder) => join(folder, "docker/cli-plugins"),
);

/** PATH with the system's own folders at its end where it lacks them. */
export function searchPath(): string {
  const own = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...new Set([...own, ...systemFolders])].join(delimiter);
}

/** The first executable of that name on PATH or in the system's folders. */
export function findProgram(name: string): string | undefined {
  return findIn(searchPath().split(delimiter), name);
}

/** The same, for a program that must be there. Throws an engine error where it is not. */
export function needProgram(name: string): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  throw new EngineError(`${name} is not installed`, {
    hint: "run `npx tsx scripts/engine.ts install` (as root, on Debian)",
  });
}

/** The buildx plugin's own binary, which is started directly; undefined where there is none. */
export function findBuildx(): string | undefined {
  return findIn([...pluginFolders, join(homedir(), ".docker/cli-plugins")], "docker-buildx");
}

/** Where this project keeps what its scripts downloaded. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  const root = base === undefined || base === "" ? join(homedir(), ".cache") : base;
  return join(root, "layerkeep", "dev");
}

/** Debian's qemu-user-static, unpacked. */
export function qemuArm64(): string {
  return join(cacheFolder(), "qemu-user-static", "usr/bin/qemu-aarch64-static");
}

/** Debian's busybox-static of that architecture, unpacked. */
export function busyboxOf(architecture: "amd64" | "arm64"): string {
  return join(cacheFolder(), `busybox-static-${architecture}`, "bin/busybox");
}

/** Debian's sccache and the libraries that it needs, unpacked: one folder for each package. */
export function sccacheFolder(): string {
  return join(cacheFolder(), "sccache");
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findIn(folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}
