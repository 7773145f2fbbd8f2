import type { Claims } from "../config/claims.ts";
import { once } from "../once.ts";
import {
  branchRules,
  defaultBranchSaid,
  needsOtherClaims,
  needsRemoteDefault,
  ruleWarnings,
} from "./branch-rules.ts";
import type { Answer, Context, Trust } from "./context.ts";
import { decideTrust, hangsOnRef } from "./trust.ts";

/** What can be asked outside the judged commit. Each call may ask the remote. */
export interface OutsideSources {
  askDefaultBranch(): Promise<Answer<string>>;
  /** The claims in a branch's version of the config, read from the remote. */
  readClaims(branch: string): Promise<Answer<Claims>>;
}

/** What a run may do, and what in its config counts. */
export interface Judgement {
  readonly trust: Trust;
  /** By the rules that apply; undefined if it is not known. */
  readonly defaultBranch: string | undefined;
  readonly writeOnTags: boolean;
  /** What in the config is ignored, a sentence each. */
  readonly warnings: readonly string[];
  /** The claims in the default branch's version of the config. Read only once. */
  readonly outsideClaims: () => Promise<Answer<Claims>>;
}

/**
 * Judges a run by its context, its config's claims and, if they matter, the remote and the default
 * branch's config.
 */
export async function judgeRun(
  context: Context,
  own: Claims,
  sources: OutsideSources,
  write: boolean,
): Promise<Judgement> {
  const outside = await askOutside(context, own, sources);
  const trust = decideTrust(context, { claims: own, outside, write });
  const outsideClaims = once(() => readOutside(context, outside, sources));
  if (context.provider === "git") {
    const defaultBranch = own.default ?? context.defaultBranch;
    const { writeOnTags } = own;
    return { trust, defaultBranch, writeOnTags, warnings: [], outsideClaims };
  }
  const rules = branchRules(context, own, outside);
  return {
    trust,
    defaultBranch: rules.default ?? context.defaultBranch,
    writeOnTags: rules.writeOnTags,
    warnings: ruleWarnings(context, rules),
    outsideClaims,
  };
}

interface Asked {
  readonly remoteDefault?: Answer<string>;
  readonly claims?: Answer<Claims>;
}

async function askOutside(context: Context, own: Claims, sources: OutsideSources): Promise<Asked> {
  if (!hangsOnRef(context)) return {};
  const asked: Asked = needsRemoteDefault(context)
    ? { remoteDefault: await sources.askDefaultBranch() }
    : {};
  const main = defaultBranchSaid(context, asked);
  if (main === undefined || !needsOtherClaims(context, own, asked)) return asked;
  return { ...asked, claims: await sources.readClaims(main) };
}

async function readOutside(
  context: Context,
  outside: Asked,
  sources: OutsideSources,
): Promise<Answer<Claims>> {
  const main = await findDefault(context, outside, sources);
  if ("problem" in main) return main;
  return outside.claims ?? sources.readClaims(main.value);
}

async function findDefault(
  context: Context,
  { remoteDefault }: Asked,
  sources: OutsideSources,
): Promise<Answer<string>> {
  const { provider, defaultBranch, problems } = context;
  // If the environment is in doubt, so is the default branch that it names.
  if (provider === "github" && defaultBranch !== undefined && problems === undefined) {
    return { value: defaultBranch };
  }
  return remoteDefault ?? sources.askDefaultBranch();
}
