import { type GitOptions, runGit } from "../run-git.ts";

const timeoutMs = 60_000;
/** Limit for the names, in bytes. Output beyond it is cut off. */
const mostOutput = 64 << 20;

/**
 * The paths that each of the last commits changed, relative to the repository's root, newest first;
 * a merge counts as one. The root commit and the oldest commit of a shallow clone are left out,
 * since everything in them is new. Undefined if git fails.
 */
export async function recentChanges(
  git: GitOptions,
  count: number,
): Promise<readonly (readonly string[])[] | undefined> {
  const flags = ["--first-parent", "-m", "--no-renames", "--name-only", "--no-show-signature"];
  const args = ["log", "-z", `--max-count=${count}`, ...flags, "--format=%x01%P%x02"];
  const result = await runGit(git, args, timeoutMs, mostOutput).catch(() => undefined);
  if (result?.exitCode !== 0) return undefined;
  return result.stdout
    .split("\u0001")
    .slice(1)
    .flatMap((commit) => {
      const [parents = "", names = ""] = commit.split("\u0002");
      const paths = names.replace(/^[\n\0]+/, "").split("\0");
      return parents === "" ? [] : [paths.filter((path) => path !== "")];
    });
}
