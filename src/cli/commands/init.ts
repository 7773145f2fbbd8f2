import { readdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { renderStarterConfig, type StarterDockerfile } from "../../config/load/starter.ts";
import { UsageError } from "../../errors.ts";
import { readGitFacts } from "../../git/facts.ts";
import { count } from "../../report/table.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { gitAt } from "../run/probes.ts";

export interface InitOptions extends GlobalOptions {
  readonly force?: boolean;
  readonly stdout?: boolean;
}

const configName = "layerkeep.yml";

/** Writes a config for the Dockerfiles that it finds. */
export async function runInit(options: InitOptions, io: Io): Promise<number> {
  const [git, dockerfiles] = await Promise.all([
    readGitFacts(gitAt(io.cwd, io)),
    findDockerfiles(io.cwd),
  ]);
  const text = renderStarterConfig({ repositoryUrl: git?.remoteUrl, dockerfiles });
  if (options.stdout === true) {
    io.out(text);
    return 0;
  }
  const file = join(io.cwd, options.config ?? configName);
  try {
    await writeFile(file, text, { flag: options.force === true ? "w" : "wx" });
  } catch (cause) {
    if (!(await exists(file))) throw new UsageError(`${file} cannot be written`, { cause });
    throw new UsageError(`${file} already exists`, {
      hint: "--force overwrites it, --stdout prints instead",
    });
  }
  if (!options.quiet) {
    io.out(
      `wrote ${configName} for ${count(dockerfiles.length, "Dockerfile")}; see what it means with layerkeep plan\n`,
    );
  }
  return 0;
}

const deepest = 4;
const mostFolders = 2_000;
const passedOver = new Set(["node_modules", "vendor", "dist", "target", "testdata"]);

/** Dockerfiles in this folder and a few below it, in order of their paths. */
async function findDockerfiles(root: string): Promise<StarterDockerfile[]> {
  const found: string[] = [];
  const queue = [{ path: "", depth: 0 }];
  let seen = 0;
  for (const { path, depth } of queue) {
    if (++seen > mostFolders) break;
    for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
      const child = posix.join(path, entry.name);
      if (entry.isDirectory()) {
        const skipped = entry.name.startsWith(".") || passedOver.has(entry.name);
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

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
