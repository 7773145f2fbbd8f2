import { askGit, type GitOptions, runGit } from "../run-git.ts";

/** Bytes of paths: enough for a million files. */
const mostOutput = 64 << 20;

/** Absolute path of the checkout that contains `git.cwd`; undefined if there is none, or no git. */
export function findCheckoutRoot(git: GitOptions): Promise<string | undefined> {
  return askGit(git, ["rev-parse", "--show-toplevel"]);
}

/**
 * The files below `git.cwd` that git tracks, and those that it neither tracks nor ignores; paths are
 * relative to `git.cwd`, with `/`. Empty outside a checkout.
 */
export async function listFiles(git: GitOptions): Promise<ReadonlySet<string>> {
  const flags = ["-z", "--cached", "--others", "--exclude-standard"];
  const result = await runGit(git, ["ls-files", ...flags], undefined, mostOutput);
  if (result?.exitCode !== 0) return new Set();
  return new Set(result.stdout.split("\0").filter((path) => path !== ""));
}
