import { UsageError } from "../errors.ts";
import { nearest } from "../nearest.ts";
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

const mostNames = 1000;

/** A usage error for a revision that a clone does not have, with what was most likely meant. */
export async function missingRevision(git: GitOptions, revision: string): Promise<UsageError> {
  const refs = await newestRefs(git, mostNames);
  const listed = await askGit(git, ["remote"]);
  const remotes = (listed ?? "").split("\n").filter((name) => name !== "");
  return new UsageError(`this clone has no revision "${revision}"`, {
    hint: hintFor(
      revision,
      refs.map(({ name }) => name),
      remotes,
    ),
  });
}

function hintFor(revision: string, known: readonly string[], remotes: readonly string[]): string {
  const near = nearest(revision, known);
  if (near !== undefined) return `did you mean ${near}?`;
  const own = remotes.find((remote) => revision.startsWith(`${remote}/`));
  if (own !== undefined) return `run \`git fetch ${own}\` if ${own} has that branch`;
  const ending = known.find((name) => name.endsWith(`/${revision}`));
  if (ending !== undefined) return `did you mean ${ending}?`;
  const remote = remotes.includes("origin") ? "origin" : remotes[0];
  return remote === undefined
    ? "this clone has no remote: use one of its branches, tags or commits"
    : `run \`git fetch ${remote}\`, then use ${remote}/${revision}`;
}
