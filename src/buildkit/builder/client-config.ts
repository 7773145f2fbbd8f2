import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildxConfigFolder, dockerConfigFolder } from "./environment.ts";

/**
 * The Docker config folder for buildx: without `proxies`, which buildx turns into build arguments
 * (docker/cli: cli/config/configfile, ParseProxyConfig). Only a config that has them is copied,
 * into `folder`; the other files are linked to. Returns the variables that point to the copy.
 */
export async function clientConfigWithoutProxies(
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<NodeJS.ProcessEnv> {
  const own = dockerConfigFolder(env);
  const config = await readConfig(join(own, "config.json"));
  if (config === undefined || !("proxies" in config)) return {};
  const kept = Object.fromEntries(Object.entries(config).filter(([key]) => key !== "proxies"));
  const copy = join(folder, "docker");
  await mkdir(copy, { mode: 0o700 });
  await writeFile(join(copy, "config.json"), JSON.stringify(kept), { mode: 0o600 });
  const others = (await readdir(own)).filter((name) => name !== "config.json");
  await Promise.all(others.map((name) => symlink(join(own, name), join(copy, name))));
  // By default buildx keeps its builders in the config's folder.
  return { DOCKER_CONFIG: copy, BUILDX_CONFIG: buildxConfigFolder(env) };
}

/**
 * Undefined if the file is missing or broken, which the code that needs its credentials reports.
 */
async function readConfig(file: string): Promise<object | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
