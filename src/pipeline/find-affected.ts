import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { LayerkeepError, UsageError } from "../errors.ts";
import type { GitFacts } from "../git/facts.ts";
import { missingRevision } from "../git/refs.ts";
import type { GitOptions } from "../git/run-git.ts";
import { TreeFolder } from "../git/trees/tree-folder.ts";
import { type CommitTree, findCommit, isObjectId, mergeBase } from "../git/trees/trees.ts";
import { readWorkingTree } from "../git/working-tree.ts";
import { type Affected, compareTrees } from "../plan/affected/affected.ts";
import { type ReadTreeOptions, readTreeLegs, type TreeLegs } from "../plan/affected/tree-legs.ts";
import type { Trust } from "../trust/context.ts";
import { createFilterRunner, type FilterRunner } from "./resolve/run-filter.ts";

export interface FindAffectedOptions extends Omit<ReadTreeOptions, "file" | "filterCommands"> {
  /** The config's absolute path, symlinks resolved. */
  readonly file: string;
  /** Root of the checkout that `git.cwd` is in; undefined outside of one. */
  readonly facts: Pick<GitFacts, "root" | "head" | "shallow"> | undefined;
  readonly base: string;
  /** Undefined: the files on disk. */
  readonly head: string | undefined;
  /** Compare with the best common ancestor of the two. */
  readonly mergeBase: boolean;
  /** Called if there are filter commands: they run in a trusted or local run only. */
  readonly trustLevel: () => Promise<Trust["level"]>;
}

export interface AffectedBetween extends Affected {
  /** The commit that was compared with; null if the clone does not have it. */
  readonly base: string | null;
  /** Null for the files on disk. */
  readonly head: string | null;
  /** Filter commands that failed or were not run, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The legs whose inputs differ between two trees of the repository that `git.cwd` is in. Uses no
 * registry and no network. Throws a usage error outside of a checkout, for an unknown revision, and
 * if the head's config is missing or invalid.
 */
export async function findAffected(
  git: GitOptions,
  options: FindAffectedOptions,
): Promise<AffectedBetween> {
  const { facts } = options;
  if (facts === undefined) {
    throw outsideCheckout(git.cwd);
  }
  const top: GitOptions = { ...git, cwd: facts.root };
  const filters = treeFilters(git, options.trustLevel);
  const read = {
    ...options,
    file: relative(facts.root, options.file).split("\\").join("/"),
    filterCommands: filters.runIn,
  };
  const headCommit = await headOf(top, options.head);
  const base = await baseOf(top, options, headCommit?.commit ?? facts.head, facts.shallow);
  await using folder = await TreeFolder.create(top);
  const before = "unreadable" in base ? base : await readBase(folder, base.tree, read);
  const after = await readHead(folder, top, headCommit, read);
  return {
    base: "unreadable" in base ? null : base.commit,
    head: headCommit?.commit ?? null,
    ...compareTrees(before, after),
    warnings: filters.warnings(),
  };
}

/** Nothing can be compared in a folder that is in no checkout. */
export function outsideCheckout(folder: string): UsageError {
  return new UsageError(`${folder} is not in a git checkout, so there is nothing to compare with`);
}

interface TreeFilters {
  readonly runIn: ReadTreeOptions["filterCommands"];
  readonly warnings: () => readonly string[];
}

function treeFilters(
  { env }: GitOptions,
  trustLevel: FindAffectedOptions["trustLevel"],
): TreeFilters {
  const runners: FilterRunner[] = [];
  return {
    runIn: async (cwd) => {
      const runner = createFilterRunner({ cwd, env, trust: await trustLevel() });
      runners.push(runner);
      return runner.run;
    },
    warnings: () => [...new Set(runners.flatMap((runner) => runner.warnings()))],
  };
}

interface Unreadable {
  /** One sentence: why the base cannot be compared with. */
  readonly unreadable: string;
}

async function headOf(git: GitOptions, head: string | undefined): Promise<CommitTree | undefined> {
  if (head === undefined) return undefined;
  const found = await findCommit(git, head);
  if (found !== undefined) return found;
  throw await missingRevision(git, head);
}

/** A commit that the clone lacks is not the user's mistake: every leg counts as affected. */
async function baseOf(
  git: GitOptions,
  { base, mergeBase: wanted }: FindAffectedOptions,
  head: string | undefined,
  shallow: boolean,
): Promise<CommitTree | Unreadable> {
  const found = await findCommit(git, base);
  if (found === undefined) {
    if (shallow) {
      return {
        unreadable: `this shallow clone does not contain ${base} (fetch it, or clone the full history)`,
      };
    }
    if (isObjectId(base)) return { unreadable: `this clone does not contain the commit ${base}` };
    throw await missingRevision(git, base);
  }
  if (!wanted || head === undefined || found.commit === head) return found;
  const common = await mergeBase(git, found.commit, head);
  // In a shallow clone the best ancestor may be missing.
  if (shallow && common?.commit !== found.commit) {
    return {
      unreadable: `this clone is shallow, so the common ancestor of ${base} and the head is uncertain (run \`git fetch --unshallow\`)`,
    };
  }
  return common ?? { unreadable: `this clone has no common ancestor of ${base} and the head` };
}

async function readBase(
  folder: TreeFolder,
  tree: string,
  options: ReadTreeOptions,
): Promise<TreeLegs | Unreadable> {
  await folder.show(tree);
  if (!existsSync(join(folder.path, options.file))) {
    return { unreadable: `the base does not have the config ${options.file}` };
  }
  try {
    return await readTreeLegs(folder, options);
  } catch (error) {
    // Another program evaluates a bake file of the base.
    if (!(error instanceof LayerkeepError)) throw error;
    const message = error instanceof UsageError ? error.problems[0]?.message : undefined;
    return { unreadable: `the config of the base is invalid: ${message ?? error.message}` };
  }
}

async function readHead(
  folder: TreeFolder,
  git: GitOptions,
  head: CommitTree | undefined,
  options: ReadTreeOptions,
): Promise<TreeLegs> {
  if (head !== undefined) {
    await folder.show(head.tree);
    return await readTreeLegs(folder, options);
  }
  await using working = await readWorkingTree(git);
  await folder.show(working.tree, working.git);
  const legs = await readTreeLegs(folder, options);
  const dirty = working.dirtySubmodules.map((path) => [path, "with changes in it"] as const);
  return { ...legs, opaque: new Map([...legs.opaque, ...dirty]) };
}
