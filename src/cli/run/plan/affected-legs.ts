import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Config } from "../../../config/config.ts";
import { UsageError } from "../../../errors.ts";
import type { GitFacts } from "../../../git/facts.ts";
import { nearestBranch } from "../../../git/history/nearest-branch.ts";
import { findCommit } from "../../../git/trees/trees.ts";
import {
  type AffectedBetween,
  type FindAffectedOptions,
  findAffected,
  outsideCheckout,
} from "../../../pipeline/find-affected.ts";
import type { Context } from "../../../trust/context.ts";
import { fastPaths } from "../../fast-paths.ts";
import type { ConfigOptions, Io } from "../../io.ts";
import { gitAt } from "../probes.ts";
import { variablesOf } from "../../variables.ts";
import { bakePrinter } from "../session.ts";

/** Finds the legs that differ between two trees. `file` is the config's path. */
export async function findAffectedLegs(
  compared: Pick<FindAffectedOptions, "base" | "head" | "mergeBase" | "trustLevel">,
  { file, facts }: { readonly file: string; readonly facts: FindAffectedOptions["facts"] },
  options: ConfigOptions,
  io: Io,
): Promise<AffectedBetween> {
  // Git gives the checkout's path with links resolved.
  const folder = await realpath(dirname(file)).catch(() => dirname(file));
  return findAffected(gitAt(folder, io), {
    facts,
    file: join(folder, basename(file)),
    vars: variablesOf(io.env, options),
    now: io.now(),
    printBake: bakePrinter(io),
    plainYaml: fastPaths(io.env).plainYaml,
    ...compared,
  });
}

interface Compared {
  readonly config: Pick<Config, "root" | "branches">;
  readonly context: Pick<Context, "baseBranch" | "defaultBranch">;
  readonly facts: Pick<GitFacts, "shallow"> | undefined;
}

/**
 * The branch to compare with: a pull request's base, otherwise the default branch, under the name
 * that the clone has. In a fork's clone, the original repository's (`upstream`) if it is nearer.
 * Throws a usage error if the clone has neither.
 */
export async function branchToCompare(
  { config, context, facts }: Compared,
  io: Io,
): Promise<string> {
  if (facts === undefined) throw outsideCheckout(config.root);
  const git = gitAt(config.root, io);
  const defaultBranch = config.branches.default ?? context.defaultBranch;
  const branches = [context.baseBranch, defaultBranch].filter((name) => name !== undefined);
  for (const branch of branches) {
    const remote = await nearestBranch(git, [`origin/${branch}`, `upstream/${branch}`]);
    if (remote !== undefined) return remote;
    if ((await findCommit(git, branch)) !== undefined) return branch;
  }
  const [branch] = branches;
  if (branch === undefined) {
    throw new UsageError(
      "there is no branch to compare with: this clone does not know its default branch",
      {
        hint: "set branches: { default: NAME } in the config, or pass a revision, such as origin/main",
      },
    );
  }
  const history = facts.shallow ? " --unshallow" : "";
  throw new UsageError(`this clone does not have the branch to compare with, ${branch}`, {
    hint: `run \`git fetch${history} origin ${branch}:refs/remotes/origin/${branch}\`, or pass a revision`,
  });
}
