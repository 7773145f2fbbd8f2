import parse from "semver/functions/parse.js";
import prereleaseOf from "semver/functions/prerelease.js";
import valid from "semver/functions/valid.js";
import type { TagRule } from "../../config/config.ts";
import type { Context } from "../../trust/context.ts";
import type { PlannedTag } from "../plan.ts";
import { branchOf, shortSha, tagOf } from "./expressions.ts";
import { namesIn, parseTemplate, renderTemplate, type Value } from "./template.ts";

/** What a rule may refer to. */
export interface Scope {
  readonly context: Context;
  readonly globals: Readonly<Record<string, Value>>;
  readonly dates: Readonly<Record<string, Value>>;
}

/** A rule's value in the context, before prefix and suffix. */
export interface Made {
  readonly value: string;
  readonly order: PlannedTag["order"];
  /** Whether `latest: auto` adds `latest`, if this rule comes first. */
  readonly latest: boolean;
  /** The semantic version that it comes from. */
  readonly version?: string;
}

export interface RuleResult {
  readonly rule: TagRule;
  readonly made?: Made | undefined;
  readonly warning?: string;
}

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
      return evaluateSemver(rule, scope);
    case "ref":
      return { rule, made: evaluateRef(rule.event, context) };
    case "raw": {
      const value = render(rule.value, scope);
      return { rule, made: { value, order: "ancestry", latest: false } };
    }
    case "sha": {
      if (context.commit === "") return { rule };
      const value = rule.format === "short" ? shortSha(context.commit) : context.commit;
      return { rule, made: { value, order: "none", latest: false } };
    }
  }
}

function evaluateSemver(rule: TagRule & { readonly type: "semver" }, scope: Scope): RuleResult {
  const gitTag = tagOf(scope.context);
  const own = rule.value !== undefined && rule.value !== "";
  if (!own && gitTag === "") return { rule };
  const text = own ? render(rule.value, scope) : gitTag.replaceAll("/", "-");
  const version = valid(text) === null ? null : parse(text, { loose: true });
  if (version === null) {
    return {
      rule,
      warning: `"${text}" is not a semantic version, so ${rule.pattern} produces no tag`,
    };
  }
  const names = namesIn(parseTemplate(rule.pattern));
  const isPrerelease = prereleaseOf(text) !== null;
  // A prerelease must not take 1.2 from a release: it gets its full version instead.
  const isRaw = names.length === 1 && names[0] === "raw" && /^\{\{[^}]*\}\}$/.test(rule.pattern);
  const pattern = isPrerelease && !isRaw ? "{{version}}" : rule.pattern;
  const value = renderTemplate(pattern, {
    raw: () => version.raw,
    version: () => version.version,
    major: () => String(version.major),
    minor: () => String(version.minor),
    patch: () => String(version.patch),
  });
  const whole =
    isPrerelease ||
    names.includes("raw") ||
    names.includes("version") ||
    ["major", "minor", "patch"].every((name) => names.includes(name));
  // A git tag's version is built once; a version in the config stays through many commits.
  const order = !whole ? "semver" : own ? "ancestry" : "none";
  return { rule, made: { value, order, latest: !isPrerelease, version: version.version } };
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
        : { value: tag, order: "none", latest: true, version };
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

/** The values of the global expressions. */
export function render(text: string, scope: Scope): string {
  return renderTemplate(text, scope.globals);
}
