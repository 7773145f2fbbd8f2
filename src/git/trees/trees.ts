import { CommandError, UsageError } from "../../errors.ts";
import { complaintOf, type GitOptions, runGit } from "../run-git.ts";

/** A commit and its tree. */
export interface CommitTree {
  readonly commit: string;
  readonly tree: string;
}

/** One path that differs between two trees. */
export interface TreeChange {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  /** Undefined if the path is new. */
  readonly before: TreeEntry | undefined;
  /** Undefined if the path was deleted. */
  readonly entry: TreeEntry | undefined;
}

export interface TreeEntry {
  /** `100644`, `100755`, `120000` (a link) or `160000` (a submodule). */
  readonly mode: string;
  /** The id of the blob, or a submodule's commit. */
  readonly id: string;
}

/** A tree of a million files has some 100 MB of names. */
const mostOutput = 512 << 20;
const timeoutMs = 120_000;

/**
 * The commit of a revision; undefined if this clone does not have it. Throws a usage error if the
 * text cannot name a single commit.
 */
export async function findCommit(
  git: GitOptions,
  revision: string,
): Promise<CommitTree | undefined> {
  // A revision that begins with a dash would be read as an option.
  if (revision === "" || revision.startsWith("-")) throw noRevision(revision);
  const args = ["rev-parse", `${revision}^{commit}`, `${revision}^{tree}`];
  const result = await runGit(git, args);
  if (result?.exitCode !== 0) return undefined;
  const [commit, tree, ...more] = result.stdout.trim().split("\n");
  const whole = [commit, tree].every((id) => id !== undefined && isObjectId(id));
  if (commit === undefined || tree === undefined || !whole || more.length > 0) {
    throw noRevision(revision);
  }
  return { commit, tree };
}

/** The best common ancestor of two commits; undefined if this clone has none. */
export async function mergeBase(
  git: GitOptions,
  a: string,
  b: string,
): Promise<CommitTree | undefined> {
  const result = await runGit(git, ["merge-base", a, b]);
  if (result?.exitCode !== 0) return undefined;
  return findCommit(git, result.stdout.trim().split("\n")[0] ?? "");
}

/** Whether the text is a full object id, SHA-1 or SHA-256. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/**
 * The differences between two trees, by path, without rename detection. From undefined, everything
 * in the tree. Throws a command error if git cannot read one of them.
 */
export async function changesBetween(
  git: GitOptions,
  before: string | undefined,
  now: string,
): Promise<readonly TreeChange[]> {
  if (before === now) return [];
  if (before === undefined) {
    return fields(await read(git, ["ls-tree", "-r", "-z", "--full-tree", now])).map(listed);
  }
  const flags = ["-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--ignore-submodules=none"];
  const said = fields(await read(git, ["diff-tree", ...flags, before, now]));
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < said.length; at += 2) {
    changes.push(changed(said[at] ?? "", said[at + 1] ?? ""));
  }
  return changes;
}

/** `<mode> <type> <id>\t<path>`. */
function listed(line: string): TreeChange {
  const tab = line.indexOf("\t");
  const [mode = "", , id = ""] = line.slice(0, tab).split(" ");
  return { path: line.slice(tab + 1), before: undefined, entry: { mode, id } };
}

/** `:<old mode> <mode> <old id> <id> <status>`, followed by the path in a separate field. */
function changed(meta: string, path: string): TreeChange {
  const [oldMode = "", mode = "", oldId = "", id = "", status = ""] = meta.slice(1).split(" ");
  return {
    path,
    before: status.startsWith("A") ? undefined : { mode: oldMode, id: oldId },
    entry: status.startsWith("D") ? undefined : { mode, id },
  };
}

function fields(output: string): string[] {
  const all = output.split("\0");
  all.pop();
  return all;
}

async function read(git: GitOptions, args: readonly string[]): Promise<string> {
  const result = await runGit(git, args, timeoutMs, mostOutput);
  if (result?.exitCode === 0) return result.stdout;
  throw new CommandError({
    argv: ["git", ...args],
    purpose: `reading the git repository at ${git.cwd}`,
    exitCode: result?.exitCode,
    stderrTail: result === undefined ? undefined : complaintOf(result),
  });
}

function noRevision(revision: string): UsageError {
  return new UsageError(`"${revision}" does not refer to a single commit`, {
    hint: "use a branch, a tag or a commit, such as origin/main",
  });
}
