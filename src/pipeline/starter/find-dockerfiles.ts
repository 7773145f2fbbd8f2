import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import { findCheckoutRoot, listFiles } from "../../git/trees/listed-files.ts";
import type { GitOptions } from "../../git/run-git.ts";

/** The Dockerfiles of a folder. */
export interface FoundDockerfiles {
  /** Relative to the folder, with slashes, sorted. */
  readonly paths: readonly string[];
  /** False if there were too many folders to look at all of them. */
  readonly complete: boolean;
}

/** Outside a checkout, nothing says which folders are worth looking at. */
const mostFolders = 2_000;

/** Folders with other people's files, or files that tests read. */
const skippedFolders = new Set(["node_modules", "vendor", "testdata"]);

/**
 * Finds Dockerfiles in a folder and below it: in a checkout, those that git does not ignore.
 * `git.cwd` is the folder.
 */
export async function findDockerfiles(git: GitOptions): Promise<FoundDockerfiles> {
  const isCheckout = (await findCheckoutRoot(git)) !== undefined;
  const { files, complete } = isCheckout
    ? { files: [...(await listFiles(git))], complete: true }
    : await walk(git.cwd);
  const paths = files.filter((path) => isDockerfile(posix.basename(path)) && !isSkipped(path));
  // Git also lists files that were deleted but not committed.
  return { paths: paths.filter((path) => existsSync(join(git.cwd, path))).sort(), complete };
}

async function walk(root: string): Promise<{ files: readonly string[]; complete: boolean }> {
  const files: string[] = [];
  const folders = [""];
  for (const folder of folders) {
    for (const entry of await entriesOf(join(root, folder))) {
      const path = posix.join(folder, entry.name);
      if (!entry.isDirectory()) files.push(path);
      else if (!isSkipped(`${path}/`)) folders.push(path);
    }
    if (folders.length > mostFolders) return { files, complete: false };
  }
  return { files, complete: true };
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    // A folder that may not be read has no Dockerfiles that could be built.
    if (systemCodeOf(error) === undefined) throw error;
    return [];
  }
}

function isSkipped(path: string): boolean {
  const folders = posix.dirname(`${path}.`).split("/");
  return folders.some(
    (name) =>
      skippedFolders.has(name) || (name.startsWith(".") && name !== "." && name !== ".docker"),
  );
}

/** `Dockerfile`, `Dockerfile.gpu`, `gpu.Dockerfile`, and the same for Podman's Containerfile. */
export function isDockerfile(name: string): boolean {
  return dockerfileNames.some((pattern) => pattern.test(name)) && !otherFiles.test(name);
}

const dockerfileNames = [
  /^(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$/,
  /^(?:dockerfile|containerfile)$/,
  /^[\w.-]+\.(?:[Dd]ockerfile|[Cc]ontainerfile)$/,
];

/** Files that belong to a Dockerfile, and old copies of one. */
const otherFiles = /\.(?:dockerignore|containerignore|rego|md|orig|bak)$/;
