import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { readText } from "../../config/yaml/read-text.ts";
import { UsageError } from "../../errors.ts";
import { findCheckoutRoot, listFiles } from "../../git/trees/listed-files.ts";
import type { GitOptions } from "../../git/run-git.ts";
import { findPaths, findWorkflows } from "./find-paths.ts";
import type { FileProblem, LintInput } from "./input.ts";
import { largestFile } from "./read-repository.ts";

/** The path that findings in a text from standard input have. */
const stdinPath = "<stdin>";

interface Named {
  /** Files and folders, from `git.cwd`; without any, the repository that it is in. */
  readonly paths: readonly string[];
  /** A text that is linted, too, as if it were in the repository that `git.cwd` is in. */
  readonly stdin?: string | undefined;
}

/**
 * Reads what is to be linted, by repository. A file that cannot be read is listed in its repository's
 * `unreadable`; a path that does not exist is a usage error, and so is finding nothing.
 */
export async function openInputs(
  { paths, stdin }: Named,
  git: GitOptions,
): Promise<readonly LintInput[]> {
  const roots = new Map<string, string[]>();
  const add = (root: string, path: string): void => {
    roots.set(root, [...(roots.get(root) ?? []), path]);
  };
  if (stdin !== undefined) add(await rootFor(git.cwd, git), stdinPath);
  const places = new Map<string, Place>();
  for (const file of await filesOf(paths, stdin !== undefined, git)) {
    const named = dirname(file);
    const { folder, root } = places.get(named) ?? (await placeOf(named, git));
    places.set(named, { folder, root });
    add(root, relative(root, join(folder, basename(file))).replaceAll(sep, "/"));
  }
  return Promise.all(
    [...roots].map(([root, paths]) => openInput(root, [...new Set(paths)], stdin, git)),
  );
}

/** A folder's real path, and the root of the repository that it is in. */
interface Place {
  readonly folder: string;
  readonly root: string;
}

async function placeOf(named: string, git: GitOptions): Promise<Place> {
  const folder = await realpath(named);
  return { folder, root: rootByPlace(folder) ?? (await rootFor(folder, git)) };
}

async function filesOf(
  paths: readonly string[],
  hasOther: boolean,
  git: GitOptions,
): Promise<readonly string[]> {
  if (paths.length > 0) return findPaths(paths, git.cwd);
  if (hasOther) return [];
  const root = await rootFor(git.cwd, git);
  const found = await findWorkflows(root);
  if (found.length > 0) return found;
  throw new UsageError(`no workflows found in ${root}`, {
    hint: "specify the files to check: layerkeep lint path/to/workflow.yml",
  });
}

/** A workflow of GitHub names its repository by its place, also in a folder of another one. */
function rootByPlace(folder: string): string | undefined {
  const place = join(sep, ".github", "workflows");
  return folder.endsWith(place) ? folder.slice(0, -place.length) || sep : undefined;
}

async function rootFor(folder: string, git: GitOptions): Promise<string> {
  return (await findCheckoutRoot({ ...git, cwd: folder })) ?? (await realpath(folder));
}

async function openInput(
  root: string,
  paths: readonly string[],
  stdin: string | undefined,
  git: GitOptions,
): Promise<LintInput> {
  const listed = listFiles({ ...git, cwd: root });
  const read: (string | FileProblem)[] = [];
  for (let at = 0; at < paths.length; at += mostAtOnce) {
    const some = paths.slice(at, at + mostAtOnce);
    read.push(...(await Promise.all(some.map((path) => readInput(root, path, stdin)))));
  }
  const texts = new Map(
    paths.flatMap((path, at) => {
      const text = read[at];
      return typeof text === "string" ? [[path, text] as const] : [];
    }),
  );
  const unreadable = read.filter((found) => typeof found !== "string");
  return { root, paths: [...texts.keys()], files: await listed, texts, unreadable };
}

/** Files that are read at the same time. */
const mostAtOnce = 16;

/** The text of a file, or why it cannot be read. */
async function readInput(
  root: string,
  path: string,
  stdin: string | undefined,
): Promise<string | FileProblem> {
  if (path === stdinPath && stdin !== undefined) return stdin;
  try {
    return await readText(join(root, path), largestFile);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { path, message: error.message, line: 1, column: 1 };
  }
}
