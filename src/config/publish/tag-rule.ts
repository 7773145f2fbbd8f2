import { messageOf, UsageError } from "../../errors.ts";
import type { TagPattern, TagRule } from "../config.ts";
import { parseAttributes } from "../../csv.ts";
import { eitherOf, suggest } from "../../nearest.ts";
import { hasFields } from "../import/fill.ts";
import { checkExpressions, dates, globals, versionParts } from "./tag-expressions.ts";
import { parseTagPattern, requireGroup } from "./tag-pattern.ts";

/** docker/metadata-action's rules if none are given. */
export const defaultTagRules: readonly string[] = [
  "type=schedule",
  "type=ref,event=branch",
  "type=ref,event=tag",
  "type=ref,event=pr",
];

/** docker/metadata-action's `DefaultPriorities`. */
const priorities = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
} as const;
type TagType = keyof typeof priorities;

const types = ["ref", "semver", "pep440", "match", "edge", "sha", "raw", "schedule"] as const;
const common = ["enable", "prefix", "suffix", "priority"];
const ownAttributes: Readonly<Record<TagType, readonly string[]>> = {
  ref: ["event"],
  semver: ["pattern", "value", "match"],
  pep440: ["pattern", "value", "match"],
  match: ["pattern", "group", "value"],
  edge: ["branch"],
  sha: ["format"],
  raw: ["value"],
  schedule: ["pattern"],
};

/** The attributes of a type of rule, but `type` itself; undefined for an unknown type. */
export function tagAttributes(type: string): readonly string[] | undefined {
  const known = types.find((one) => one === type);
  return known === undefined ? undefined : [...ownAttributes[known], ...common];
}

/**
 * Parses one rule in the words of docker/metadata-action, such as
 * `type=semver,pattern={{version}}`, and fills in its defaults. A text without `type=` is `raw`, as
 * there. Throws a usage error that says what is allowed. `template` is the text before its fields
 * were filled in.
 */
export function parseTagRule(text: string, template = text): TagRule {
  try {
    return parse(text, namesVariant(template));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`"${text}" is not a valid tag rule: ${messageOf(error)}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

/** Whether the text of the tag has a field; a version that is parsed is not that text. */
function namesVariant(template: string): boolean {
  if (!hasFields(template)) return false;
  const given = parseAttributes(template);
  const isRaw = (given.get("type") ?? "raw") === "raw";
  const parts = ["prefix", "suffix", "pattern", ...(isRaw ? ["value", ""] : [])];
  return parts.some((key) => hasFields(given.get(key) ?? ""));
}

function parse(text: string, named: boolean): TagRule {
  const given = parseAttributes(text);
  const bare = given.get("");
  given.delete("");
  const type = parseType(given.get("type") ?? "raw");
  given.delete("type");
  if (bare !== undefined) {
    // A comma in a regular expression ends its field.
    if (type === "match" || given.has("match")) throw commaIn(bare);
    if (!given.has("value")) given.set("value", bare);
  }
  const known = tagAttributes(type) ?? [];
  for (const [name, value] of given) {
    if (!known.includes(name)) {
      throw new UsageError(`type=${type} does not support the ${name} attribute`, {
        hint: suggest(name, known),
      });
    }
    const expressions = expressionsIn(type, name);
    if (expressions !== undefined) checkExpressions(value, expressions);
  }
  return ruleOf(type, given, named);
}

function commaIn(bare: string): UsageError {
  return new UsageError(`"${bare}" has no key`, {
    hint: String.raw`put quotes around a field with a comma, such as type=match,"pattern=\d{1,3}"`,
  });
}

/** What may be in `{{…}}` in an attribute; undefined if it is no template. */
function expressionsIn(type: TagType, attribute: string): readonly string[] | undefined {
  if (attribute === "pattern") {
    if (type === "schedule") return dates;
    return type === "match" ? undefined : versionParts;
  }
  return ["value", "prefix", "suffix", "enable"].includes(attribute) ? globals : undefined;
}

function ruleOf(type: TagType, given: ReadonlyMap<string, string>, named: boolean): TagRule {
  const base = {
    named,
    enable: parseEnable(given.get("enable") ?? "true"),
    suffix: given.get("suffix"),
    priority: parsePriority(given.get("priority") ?? String(priorities[type])),
  };
  const prefix = given.get("prefix");
  switch (type) {
    case "ref": {
      const event = word("event", given.get("event"), ["branch", "tag", "pr"] as const);
      return { ...base, type, event, prefix: prefix ?? (event === "pr" ? "pr-" : undefined) };
    }
    case "semver":
    case "pep440": {
      const pattern = need("pattern", given.get("pattern"), "pattern={{version}}");
      return { ...base, type, pattern, ...sourceOf(given), match: parseMatch(given), prefix };
    }
    case "match": {
      const text = need("pattern", given.get("pattern"), "pattern=v(.*),group=1");
      const pattern = parseTagPattern("pattern", text, { delimiters: true });
      const group = parseGroup(given.get("group") ?? "0");
      requireGroup("pattern", pattern, group);
      return { ...base, type, pattern, group, ...sourceOf(given), prefix };
    }
    case "edge":
      return { ...base, type, branch: given.get("branch") || undefined, prefix };
    case "sha": {
      const format = word("format", given.get("format") ?? "short", ["short", "long"] as const);
      return { ...base, type, format, prefix: prefix ?? "sha-" };
    }
    case "raw":
      return { ...base, type, value: need("value", given.get("value"), "value=nightly"), prefix };
    case "schedule":
      return { ...base, type, pattern: given.get("pattern") ?? "nightly", prefix };
  }
}

/** An empty value means the git tag. */
function sourceOf(given: ReadonlyMap<string, string>): { value: string | undefined } {
  return { value: given.get("value") || undefined };
}

function parseMatch(given: ReadonlyMap<string, string>): TagPattern | undefined {
  const text = given.get("match") ?? "";
  if (text === "") return undefined;
  const pattern = parseTagPattern("match", text, { delimiters: false });
  requireGroup("match", pattern, 1);
  return pattern;
}

function parseGroup(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new UsageError(`group must be a number, not "${text}"`, {
    hint: "use 0 for the entire match, or 1 for the first group in parentheses",
  });
}

function parseType(text: string): TagType {
  const type = types.find((known) => known === text);
  if (type !== undefined) return type;
  throw new UsageError(`unknown type "${text}"`, { hint: suggest(text, types) });
}

function parseEnable(text: string): string {
  if (text === "true" || text === "false" || text.includes("{{")) return text;
  throw new UsageError(`enable must be true, false or an expression, not "${text}"`, {
    hint: "use an expression, as in enable={{is_default_branch}}",
  });
}

function parsePriority(text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`priority must be a number, not "${text}"`);
}

function word<T extends string>(name: string, text: string | undefined, words: readonly T[]): T {
  const found = words.find((known) => known === text);
  if (found !== undefined) return found;
  const allowed = `use ${eitherOf(words)}`;
  if (text === undefined) throw new UsageError(`${name} is missing`, { hint: allowed });
  throw new UsageError(`${text} is not ${name === "event" ? "an event" : "a format"}`, {
    hint: allowed,
  });
}

function need(name: string, text: string | undefined, example: string): string {
  if (text !== undefined && text !== "") return text;
  throw new UsageError(`${name} is missing`, { hint: `add it, as in ${example}` });
}
