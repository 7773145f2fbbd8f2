import { askGit, type GitOptions } from "./run-git.ts";

/** A branch or a tag, by the name that git finds it by. */
export interface NamedRef {
  /** `main`, `origin/main` or `v1.2.3`. */
  readonly name: string;
  readonly kind: "branch" | "remote branch" | "tag";
}

/** The newest branches and tags of a clone, at most `most`; empty outside of one. */
export async function newestRefs(git: GitOptions, most: number): Promise<readonly NamedRef[]> {
  const listed = await askGit(git, [
    "for-each-ref",
    "--sort=-creatordate",
    `--count=${most}`,
    "--format=%(refname)",
    "refs/heads",
    "refs/remotes",
    "refs/tags",
  ]);
  return (listed ?? "").split("\n").flatMap((line) => {
    const [, folder, name] = /^refs\/(heads|remotes|tags)\/(.+)$/.exec(line) ?? [];
    if (folder === undefined || name === undefined) return [];
    const kind = folder === "heads" ? "branch" : folder === "tags" ? "tag" : "remote branch";
    return [{ name, kind } as const];
  });
}
