import type { MatchRule, VersionRule } from "../../config/config.ts";
import { namesIn, parseTemplate, renderTemplate } from "../../config/publish/tag-template.ts";
import { tagOf } from "./expressions.ts";
import { matchPattern } from "./match-pattern.ts";
import type { Made, RuleResult, Scope } from "./rule-result.ts";
import { type Version, versionSchemes } from "./version-schemes.ts";

/** Evaluates `type=semver` and `type=pep440`. */
export function evaluateVersion(rule: VersionRule, scope: Scope): RuleResult {
  const source = sourceOf(rule, scope);
  if (source === undefined) return { rule };
  const { text, warnings } = narrowed(rule, source);
  const scheme = versionSchemes[rule.type];
  const version = scheme.parse(text.replaceAll("/", "-"));
  if (version === undefined) {
    const warning = `"${text}" is not ${scheme.noun}, so ${rule.pattern} produces no tag`;
    return { rule, warnings: [...warnings, warning] };
  }
  return { rule, made: madeOf(rule, version), warnings };
}

/** Evaluates `type=match`. */
export function evaluateMatch(rule: MatchRule, scope: Scope): RuleResult {
  const text = sourceOf(rule, scope);
  if (text === undefined) return { rule };
  const found = matchPattern(rule.pattern, text);
  const value = found?.[rule.group];
  if (value === undefined) {
    const why =
      found === undefined
        ? `"${text}" does not match ${rule.pattern.text}`
        : `group ${String(rule.group)} of ${rule.pattern.text} does not match anything in "${text}"`;
    return { rule, warnings: [`${why}, so the rule produces no tag`] };
  }
  return { rule, made: { value, latest: true, ...originOf(value, text, rule) } };
}

/** What the rule reads: its own value, or else the git tag. */
function sourceOf(rule: VersionRule | MatchRule, scope: Scope): string | undefined {
  const text =
    rule.value === undefined ? tagOf(scope.context) : renderTemplate(rule.value, scope.globals);
  return rule.value === undefined && text === "" ? undefined : text;
}

/** As docker/metadata-action does, the whole text counts if `match` does not match. */
function narrowed(
  { match }: VersionRule,
  text: string,
): { readonly text: string; readonly warnings: readonly string[] } {
  if (match === undefined) return { text, warnings: [] };
  const found = matchPattern(match, text);
  if (found !== undefined) return { text: found[1] ?? "", warnings: [] };
  return { text, warnings: [`"${text}" does not match ${match.text}, so the tag uses all of it`] };
}

function madeOf(rule: VersionRule, version: Version): Made {
  const template = parseTemplate(rule.pattern);
  const names = namesIn(template);
  // A prerelease must not take 1.2 from a release: it gets its full version instead.
  const isRaw = template.length === 1 && names[0] === "raw";
  const { passing, more } = version;
  const value = renderTemplate(passing && !isRaw ? "{{version}}" : rule.pattern, {
    raw: () => version.raw,
    version: () => version.version,
    major: () => version.major,
    minor: () => version.minor,
    patch: () => version.patch,
  });
  const whole =
    passing ||
    names.includes("raw") ||
    names.includes("version") ||
    (!more && ["major", "minor", "patch"].every((name) => names.includes(name)));
  return {
    value,
    order: whole ? wholeOrder(rule) : rule.type,
    latest: !passing,
    version: { text: version.version, scheme: rule.type },
  };
}

/** A version of the text or of what was matched in it counts; otherwise the commits do. */
function originOf(value: string, text: string, rule: MatchRule): Pick<Made, "order" | "version"> {
  const whole = versionSchemes.semver.parse(text)?.version;
  const matched = versionSchemes.semver.parse(value)?.version;
  const version = whole ?? matched;
  if (version === undefined) return { order: "ancestry" };
  return {
    order: version === matched ? wholeOrder(rule) : "semver",
    version: { text: version, scheme: "semver" },
  };
}

/** A git tag's version is built once; a version in the config stays through many commits. */
function wholeOrder(rule: VersionRule | MatchRule): "none" | "ancestry" {
  return rule.value === undefined ? "none" : "ancestry";
}
