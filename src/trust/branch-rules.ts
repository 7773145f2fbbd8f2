import type { Claims } from "../config/claims.ts";
import { compileGlob } from "../glob.ts";
import type { Answer, Context } from "./context.ts";

/** What a version of the config says about branches and tags. */
export type BranchClaims = Pick<Claims, "default" | "release" | "writeOnTags">;

/** What was found outside the judged commit. What was not asked for is missing. */
export interface Outside {
  /** The default branch according to the remote `origin`. */
  readonly remoteDefault?: Answer<string>;
  /** The default branch's version of the config. */
  readonly claims?: Answer<BranchClaims>;
}

/** Which branches are trusted in a CI run. */
export interface BranchRules {
  readonly default: string | undefined;
  /** Why the default branch is not known, or not believed. */
  readonly problem: string | undefined;
  /** What the judged commit's own config says. */
  readonly own: BranchClaims;
  /**
   * The default branch's version of the config, which confirms it; undefined if it was not read.
   */
  readonly confirmed: Answer<BranchClaims> | undefined;
  /** `cache.write-on-tags`, if both versions set it. */
  readonly writeOnTags: boolean;
}

/**
 * The rules by which a branch of a CI run is judged. A commit's own config counts only if the
 * default branch's version of it agrees; a run on the default branch is that version.
 */
export function branchRules(context: Context, own: BranchClaims, outside: Outside): BranchRules {
  const { branch } = context;
  const said = saidDefault(context, outside);
  const isOnDefault = said.name !== undefined && branch === said.name;
  const confirmed: Answer<BranchClaims> | undefined = isOnDefault ? { value: own } : outside.claims;
  const claims = confirmed !== undefined && "value" in confirmed ? confirmed.value : undefined;
  const claimed = own.default !== undefined && own.default === claims?.default;
  return {
    default: said.byProvider || !claimed ? said.name : own.default,
    problem: said.problem,
    own,
    confirmed,
    writeOnTags: own.writeOnTags && claims?.writeOnTags === true,
  };
}

/** The default branch according to the provider or the remote, whatever a config says. */
export function defaultBranchSaid(context: Context, outside: Outside): string | undefined {
  return saidDefault(context, outside).name;
}

/**
 * Whether the remote must be asked for its default branch: the provider's word is missing or can be
 * forged.
 */
export function needsRemoteDefault({ provider, defaultBranch }: Context): boolean {
  // Anyone who starts a GitLab pipeline can set CI_DEFAULT_BRANCH.
  return provider === "gitlab" || (provider === "github" && defaultBranch === undefined);
}

/** Whether the default branch's version of the config can matter. */
export function needsOtherClaims(context: Context, own: BranchClaims, outside: Outside): boolean {
  const { branch, tag, branchesWithCommit = [] } = context;
  const said = saidDefault(context, outside);
  if (said.name === undefined || branch === said.name) return false;
  const renames = !said.byProvider && own.default !== undefined && own.default !== said.name;
  if (branch !== undefined) return renames || matchesBranch(branch, own.release);
  if (tag === undefined) return false;
  if (branchesWithCommit.includes(said.name)) return own.writeOnTags;
  return renames || branchesWithCommit.some((one) => matchesBranch(one, own.release));
}

/**
 * Why a branch is trusted, or why it is not although its own config lists it. Empty for any other
 * branch.
 */
export function judgeBranch(
  branch: string,
  { default: main, own, confirmed }: BranchRules,
): { readonly why?: string; readonly whyNot?: string } {
  if (branch === main) return { why: `the default branch ${branch}` };
  if (!matchesBranch(branch, own.release)) return {};
  const alone = `this commit's config lists ${branch} as a release branch`;
  if (confirmed === undefined)
    return { whyNot: `${alone}, but the default branch's config was not read` };
  if ("problem" in confirmed) {
    return {
      whyNot: `${alone}, but the default branch's config could not be read (${confirmed.problem})`,
    };
  }
  return matchesBranch(branch, confirmed.value.release)
    ? { why: `the release branch ${branch}` }
    : { whyNot: `${alone}, but the config on the default branch ${main ?? ""} does not` };
}

/** What in the config is ignored, a sentence each. */
export function ruleWarnings(context: Context, rules: BranchRules): readonly string[] {
  const { own, default: main, confirmed } = rules;
  const warnings: string[] = [];
  if (own.default !== undefined && main !== undefined && own.default !== main) {
    const who = context.defaultBranch === main ? speakers[context.provider] : "origin";
    warnings.push(
      `branches.default: ${own.default} is ignored, because the default branch is ${main} according to ${who}`,
    );
  }
  if (
    context.tag !== undefined &&
    own.writeOnTags &&
    !rules.writeOnTags &&
    confirmed !== undefined
  ) {
    const why =
      "problem" in confirmed ? `could not be read (${confirmed.problem})` : "does not set it";
    warnings.push(
      `cache.write-on-tags is ignored: the default branch's version of the config ${why}`,
    );
  }
  return warnings;
}

const speakers = { github: "GitHub", gitlab: "GitLab", git: "the checkout" } as const;

interface SaidDefault {
  readonly name: string | undefined;
  /** If so, no config can change it. */
  readonly byProvider: boolean;
  readonly problem: string | undefined;
}

function saidDefault(
  { provider, defaultBranch }: Context,
  { remoteDefault }: Outside,
): SaidDefault {
  const remote =
    remoteDefault === undefined || "problem" in remoteDefault ? undefined : remoteDefault.value;
  const unasked = remoteDefault === undefined ? "Layerkeep did not query origin" : undefined;
  const problem =
    remoteDefault !== undefined && "problem" in remoteDefault ? remoteDefault.problem : unasked;
  if (provider === "gitlab") {
    const differs = remote !== undefined && defaultBranch !== undefined && remote !== defaultBranch;
    const lie = `CI_DEFAULT_BRANCH is ${defaultBranch ?? ""}, but origin's default branch is ${remote ?? ""}`;
    return {
      name: differs ? undefined : remote,
      byProvider: true,
      problem: differs ? lie : problem,
    };
  }
  if (defaultBranch !== undefined) {
    return { name: defaultBranch, byProvider: true, problem: undefined };
  }
  return { name: remote, byProvider: false, problem };
}

function matchesBranch(branch: string, globs: readonly string[]): boolean {
  return globs.some((glob) => compileGlob(glob)(branch));
}
