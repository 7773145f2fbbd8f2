import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WorkflowError } from "../errors.ts";
import { type Repository, git } from "../events/repository.ts";

/** Reads workflow files: of a repository at a commit, or of another one as its folder has it. */
export type WorkflowSource = (path: string) => string;

export function atCommit(repository: Repository, commit: string): WorkflowSource {
  return (path) => {
    try {
      return git(repository, "show", `${commit}:${path}`);
    } catch {
      throw new WorkflowError(`${path} does not exist in ${commit}`);
    }
  };
}

function inFolder(folder: string): WorkflowSource {
  return (path) => {
    const file = join(folder, path);
    if (!existsSync(file)) throw new WorkflowError(`${path} does not exist in ${folder}`);
    return readFileSync(file, "utf8");
  };
}

/** The file that a job's `uses` names, and where the `./` in it is. */
export function resolveCalled(
  uses: string,
  from: WorkflowSource,
  repositories: Readonly<Record<string, string>>,
): { readonly path: string; readonly source: WorkflowSource } {
  if (uses.startsWith("./")) return { path: uses.slice(2), source: from };
  const match = /^([^/]+\/[^/]+)\/(\.github\/workflows\/[^/@]+)@.+$/.exec(uses);
  const [, name = "", path = ""] = match ?? [];
  const folder = repositories[name];
  if (folder === undefined) throw new WorkflowError(`workflow was not found: ${uses}`);
  return { path, source: inFolder(folder) };
}
