import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../../../errors.ts";
import { findCommit } from "../../../git/trees.ts";
import {
  type AffectedBetween,
  type FindAffectedOptions,
  findAffected,
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

/**
 * The branch to compare with: a pull request's base, otherwise the default branch, under the name
 * that the clone has. Throws a usage error if it has neither.
 */
export async function branchToCompare(
  { baseBranch, defaultBranch }: Pick<Context, "baseBranch" | "defaultBranch">,
  folder: string,
  io: Io,
): Promise<string> {
  const branches = [baseBranch, defaultBranch].filter((name) => name !== undefined);
  for (const name of branches.flatMap((branch) => [`origin/${branch}`, branch])) {
    if ((await findCommit(gitAt(folder, io), name)) !== undefined) return name;
  }
  const [branch] = branches;
  throw new UsageError("--affected: the branch to compare with is not in this clone", {
    hint:
      branch === undefined
        ? "pass a revision, such as --affected origin/main"
        : `run \`git fetch origin ${branch}\`, or pass another revision: --affected REV`,
  });
}
