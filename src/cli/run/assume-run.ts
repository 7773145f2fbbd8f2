import type { Claims } from "../../config/claims.ts";
import { UsageError } from "../../errors.ts";
import type { Checkout } from "../../git/checkout.ts";
import { type AssumedRun, assumedContext, parseAssumedRun } from "../../trust/assumed-run.ts";
import type { Context } from "../../trust/context.ts";
import { isCi } from "../../trust/environment/provider.ts";
import type { OutsideSources } from "../../trust/judge-run.ts";
import type { Io } from "../io.ts";

/**
 * The context of the run that `--as` names. Throws a usage error for an unknown one, in CI, where it could give a run more trust
 * than it has, and outside of a checkout.
 */
export async function assumeContext(
  text: string,
  git: Checkout,
  { env }: Pick<Io, "env">,
): Promise<Context> {
  const run = parsedFlag(text);
  if (isCi(env)) {
    throw new UsageError("--as cannot be used in CI, where the actual event of the run applies", {
      hint: "use it in a checkout on your machine",
    });
  }
  const { facts } = git;
  const head = facts?.head;
  if (facts === undefined || head === undefined) {
    throw new UsageError("--as needs a git checkout with at least one commit");
  }
  const { defaultBranch } = facts;
  const found =
    run.event === "tag"
      ? await git.branchesContaining(head, (all) => all.includes(defaultBranch ?? ""))
      : [];
  // As if the branch had been pushed as it is.
  const branches = [...(found ?? []), ...(facts.branch === undefined ? [] : [facts.branch])];
  return assumedContext(run, { facts, defaultBranch, branches });
}

function parsedFlag(text: string): AssumedRun {
  try {
    return parseAssumedRun(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`--as: "${text}" is not an event. ${error.message}`, { cause: error });
  }
}

/**
 * What an assumed run finds outside its commit: if `origin` does not answer, the default branch that
 * the clone knows, and the config on disk, as if it had been merged.
 */
export function assumedSources(
  sources: OutsideSources,
  own: Claims,
  { defaultBranch }: Pick<Context, "defaultBranch">,
): OutsideSources {
  return {
    askDefaultBranch: async () => {
      const answer = await sources.askDefaultBranch();
      return "problem" in answer && defaultBranch !== undefined ? { value: defaultBranch } : answer;
    },
    readClaims: async (branch) => {
      const answer = await sources.readClaims(branch);
      return "problem" in answer ? { value: own } : answer;
    },
  };
}

/** Throws a usage error if an assumed run would write. */
export function refuseAssumed({
  as: run,
  dryRun,
}: {
  readonly as?: string | undefined;
  readonly dryRun?: boolean | undefined;
}): void {
  if (run === undefined || dryRun === true) return;
  throw new UsageError("--as only shows what a run would do, and this command would write", {
    hint: "add --dry-run, or use `layerkeep plan --as`",
  });
}
