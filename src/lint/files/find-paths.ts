import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { whyUnusable } from "../../bounded-file.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { systemCodeOf } from "../../errors.ts";

/**
 * Absolute paths of the files that paths name: a file is itself; a folder has the workflows and the
 * pipeline of a repository at that place, or else its own YAML files. Throws a usage error that
 * lists every path without such a file.
 */
export async function findPaths(named: readonly string[], cwd: string): Promise<readonly string[]> {
  const problems: Problem[] = [];
  const found: string[] = [];
  for (const name of named) {
    const paths = await pathsOf(resolve(cwd, name)).catch((cause: unknown) => {
      problems.push({ message: `cannot read ${name}: ${whyUnusable(cause)}` });
    });
    if (paths?.length === 0) problems.push({ message: `no workflows found in the folder ${name}` });
    found.push(...(paths ?? []));
  }
  if (problems.length > 0) throw new UsageError(problems);
  return [...new Set(found)];
}

async function pathsOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const own = await findWorkflows(path);
  return own.length > 0 ? own : yamlFilesIn(path);
}

/** Absolute paths of the workflows and the pipeline of a repository, from its root. */
export async function findWorkflows(root: string): Promise<readonly string[]> {
  const pipeline = join(root, ".gitlab-ci.yml");
  const isThere = await stat(pipeline).then((stats) => stats.isFile(), ignoreMissing);
  const workflows = await yamlFilesIn(join(root, ".github", "workflows")).catch(ignoreMissing);
  return [...(workflows ?? []), ...(isThere === true ? [pipeline] : [])];
}

async function yamlFilesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name));
  return names.map(({ name }) => join(folder, name)).sort();
}

function ignoreMissing(error: unknown): undefined {
  if (!["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) throw error;
  return undefined;
}
