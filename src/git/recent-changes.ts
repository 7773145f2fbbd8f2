import { type GitOptions, runGit } from "./run-git.ts";

const timeoutMs = 60_000;
/** Bytes of names; a commit that touches more than all of it is cut off. */
const mostOutput = 64 << 20;

/**
 * The paths that each of the last commits changed, from the repository's top, the newest first; a
 * merge counts as one. The first commit of all, and the oldest of a shallow clone, is left out,
 * since everything is new in it. Undefined where git does not tell.
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
