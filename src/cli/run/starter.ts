import { readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, posix, resolve } from "node:path";
import { renderStarterConfig, type StarterDockerfile } from "../../config/load/starter.ts";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { systemCodeOf, UsageError } from "../../errors.ts";
import { readGitFacts } from "../../git/facts.ts";
import { count } from "../../count.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { findBuildWorkflows } from "../import/find-workflows.ts";
import { show } from "../show/show-result.ts";
import { gitAt } from "./probes.ts";

/** A config to begin with. */
export interface Starter {
  readonly text: string;
  readonly dockerfiles: readonly StarterDockerfile[];
}

/** Where a config is written, and how that is printed. */
type StarterOptions = Pick<ConfigOptions, "config"> &
  Pick<GlobalOptions, "json"> & { readonly overwrite: boolean };

const configName = "layerkeep.yml";

/** Makes a config for the Dockerfiles that are found. */
export async function planStarter(io: Io): Promise<Starter> {
  const [git, dockerfiles] = await Promise.all([
    readGitFacts(gitAt(io.cwd, io)),
    findDockerfiles(io.cwd),
  ]);
  return { text: renderStarterConfig({ repositoryUrl: git?.remoteUrl, dockerfiles }), dockerfiles };
}

/** Writes the config to the file that `--config` names, or to the default one. */
export async function writeStarter(
  { text, dockerfiles }: Starter,
  { config, json, overwrite }: StarterOptions,
  io: Io,
): Promise<void> {
  const name = config ?? configName;
  const file = resolve(io.cwd, name);
  try {
    await writeFile(file, text, { flag: overwrite ? "w" : "wx" });
  } catch (cause) {
    if (systemCodeOf(cause) !== "EEXIST") {
      throw new UsageError(`cannot write ${file}: ${whyUnusable(cause)}`, {
        cause,
        hint: hintForUnusable(cause, file),
      });
    }
    throw new UsageError(`${file} already exists`, {
      hint: "pass --force to overwrite it, or --stdout to print the config instead",
    });
  }
  show(
    io,
    { json },
    { file: name, dockerfiles: dockerfiles.map(({ path }) => path) },
    () =>
      `wrote ${name} for ${count(dockerfiles.length, "Dockerfile")}. Run \`layerkeep plan\` to see what it builds`,
  );
}

/** Offers the import of workflows that build images. */
export async function noteWorkflows(io: Io): Promise<void> {
  const found = await findBuildWorkflows(io.cwd);
  if (found.length === 0) return;
  const them = found.length === 1 ? "it" : "them";
  io.err(
    `note: ${found.join(", ")} may build images: \`layerkeep import github\` makes a config of ${them}\n`,
  );
}

const deepest = 4;
const mostFolders = 2_000;
const skippedFolders = new Set(["node_modules", "vendor", "dist", "target", "testdata"]);

/** Dockerfiles in this folder and a few levels below it, sorted by path. */
async function findDockerfiles(root: string): Promise<StarterDockerfile[]> {
  const found: string[] = [];
  const queue = [{ path: "", depth: 0 }];
  let seen = 0;
  for (const { path, depth } of queue) {
    if (++seen > mostFolders) break;
    for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
      const child = posix.join(path, entry.name);
      if (entry.isDirectory()) {
        const skipped = entry.name.startsWith(".") || skippedFolders.has(entry.name);
        if (!skipped && depth < deepest) queue.push({ path: child, depth: depth + 1 });
      } else if (isDockerfile(entry.name)) found.push(child);
    }
  }
  return found.sort().map((path) => ({ path, context: dirname(path), name: nameOf(path) }));
}

function isDockerfile(name: string): boolean {
  return (
    /^(?:Dockerfile|Containerfile)(?:\.[\w-]+)?$|^[\w-]+\.[Dd]ockerfile$/.test(name) &&
    !name.endsWith(".dockerignore")
  );
}

/** `server/Dockerfile` is `server`, `Dockerfile.gpu` is `gpu`, `Dockerfile` is `core`. */
function nameOf(path: string): string {
  const file = basename(path);
  const extension =
    /^(?:Dockerfile|Containerfile)\.(.+)$/.exec(file)?.[1] ??
    /^(.+)\.[Dd]ockerfile$/.exec(file)?.[1];
  const folder = dirname(path);
  return (
    [folder === "." ? undefined : folder.replaceAll("/", "-"), extension]
      .filter((p) => p !== undefined)
      .join("-") || "core"
  );
}
