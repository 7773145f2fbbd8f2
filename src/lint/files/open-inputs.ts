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
  for (const file of await filesOf(paths, stdin !== undefined, git)) {
    const folder = await realpath(dirname(file));
    const root = rootByPlace(folder) ?? (await rootFor(folder, git));
    add(root, relative(root, join(folder, basename(file))).replaceAll(sep, "/"));
  }
  return Promise.all(
    [...roots].map(([root, paths]) => openInput(root, [...new Set(paths)], stdin, git)),
  );
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
  const files = await listFiles({ ...git, cwd: root });
  const texts = new Map<string, string>();
  const unreadable: FileProblem[] = [];
  for (const path of paths) {
    try {
      const isStdin = path === stdinPath && stdin !== undefined;
      texts.set(path, isStdin ? stdin : await readText(join(root, path), largestFile));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      unreadable.push({ path, message: error.message, line: 1, column: 1 });
    }
  }
  return { root, paths: paths.filter((path) => texts.has(path)), files, texts, unreadable };
}
