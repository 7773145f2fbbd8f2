import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { EngineError } from "../../errors.ts";
import type { Exec } from "../../exec.ts";
import { buildxEnvironment, dockerConfigFolder } from "./environment.ts";

/**
 * The buildx plugin, found once and started directly: `docker buildx` takes 100 to 200 ms longer.
 */
export interface Buildx {
  /** The plugin's own binary. */
  readonly path: string;
  /** The part of the environment that it gets; see `buildxEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  readonly exec: Exec;
}

/** Where Docker's packages install plugins; docker/cli looks there too (cli-plugins/manager). */
const systemFolders = [
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
];

/** Finds the plugin as Docker does. Throws an engine error that lists where it looked. */
export async function findBuildx(env: NodeJS.ProcessEnv, exec: Exec): Promise<Buildx> {
  const configFolder = dockerConfigFolder(env);
  const folders = [
    join(configFolder, "cli-plugins"),
    ...(await extraFolders(configFolder)),
    ...systemFolders,
  ];
  const suffix = process.platform === "win32" ? ".exe" : "";
  const onPath = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [
    ...folders.map((folder) => join(folder, `docker-buildx${suffix}`)),
    ...onPath.flatMap((folder) =>
      [`docker-buildx${suffix}`, `buildx${suffix}`].map((name) => join(folder, name)),
    ),
  ];
  for (const path of candidates) {
    if (await isExecutable(path)) {
      return { path: resolve(path), env: buildxEnvironment(env), exec };
    }
  }
  throw new EngineError(`docker buildx not found in ${folders.join(", ")} or PATH`, {
    hint: "install Docker's buildx plugin (docker-buildx-plugin from Docker's packages, docker-buildx from Debian's, docker/setup-buildx-action on GitHub)",
  });
}

async function extraFolders(configFolder: string): Promise<string[]> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(configFolder, "config.json"), "utf8"));
    if (typeof parsed !== "object" || parsed === null || !("cliPluginsExtraDirs" in parsed))
      return [];
    const folders: unknown = parsed.cliPluginsExtraDirs;
    return Array.isArray(folders) ? folders.filter((f) => typeof f === "string") : [];
  } catch {
    // The code that needs its credentials reports a missing or broken config.
    return [];
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
