import valid from "semver/functions/valid.js";
import type { TagRule } from "../../config/config.ts";
import { renderTemplate } from "../../config/publish/tag-template.ts";
import type { Context } from "../../trust/context.ts";
import { evaluateMatch, evaluateVersion } from "./evaluate-version.ts";
import { branchOf, shortSha, tagOf } from "./expressions.ts";
import type { Made, RuleResult, Scope } from "./rule-result.ts";

/** Evaluates one rule, without its prefix and suffix. No value if it is for another event. */
export function evaluateRule(rule: TagRule, scope: Scope): RuleResult {
  const { context } = scope;
  switch (rule.type) {
    case "schedule": {
      if (context.event !== "schedule") return { rule };
      const value = renderTemplate(rule.pattern, scope.dates);
      return { rule, made: { value, order: "ancestry", latest: false } };
    }
    case "semver":
    case "pep440":
      return evaluateVersion(rule, scope);
    case "match":
      return evaluateMatch(rule, scope);
    case "edge":
      return evaluateEdge(rule, scope);
    case "ref":
      return { rule, made: evaluateRef(rule.event, context) };
    case "raw": {
      const value = renderTemplate(rule.value, scope.globals);
      return { rule, made: { value, order: "ancestry", latest: false } };
    }
    case "sha": {
      if (context.commit === "") return { rule };
      const value = rule.format === "short" ? shortSha(context.commit) : context.commit;
      return { rule, made: { value, order: "none", latest: false } };
    }
  }
}

/** `edge` on the rule's branch, or else on the default branch. */
function evaluateEdge(rule: TagRule & { readonly type: "edge" }, scope: Scope): RuleResult {
  const branch = branchOf(scope.context);
  if (branch === "") return { rule };
  const wanted = rule.branch ?? scope.defaultBranch;
  if (wanted === undefined) {
    const warning = "the default branch is unknown, so type=edge produces no tag";
    return { rule, warnings: [`${warning}. Set it with branch=`] };
  }
  if (branch !== wanted) return { rule };
  return { rule, made: { value: "edge", order: "ancestry", latest: false } };
}

function evaluateRef(event: "branch" | "tag" | "pr", context: Context): Made | undefined {
  switch (event) {
    case "branch": {
      const branch = branchOf(context);
      return branch === "" ? undefined : { value: branch, order: "ancestry", latest: false };
    }
    case "tag": {
      const tag = tagOf(context);
      if (tag === "") return undefined;
      const version = valid(tag);
      // A git tag that is not a full version, such as v1 or nightly, may be moved.
      return version === null
        ? { value: tag, order: "ancestry", latest: true }
        : { value: tag, order: "none", latest: true, version: { text: version, scheme: "semver" } };
    }
    case "pr": {
      const number = pullRequestRef.exec(context.ref)?.[1];
      return number === undefined ? undefined : { value: number, order: "none", latest: false };
    }
  }
}

/** GitHub's `refs/pull/5/merge`, GitLab's `refs/merge-requests/5/head`. */
const pullRequestRef =
  /^refs\/(?:pull|merge-requests)\/(.+?)(?:\/merge|(?<=merge-requests\/\d+)\/(?:head|train))?$/;
