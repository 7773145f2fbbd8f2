import { messageOf, UsageError } from "../../errors.ts";
import type { TagRule } from "../config.ts";
import { parseAttributes } from "../../csv.ts";
import { eitherOf, suggest } from "../../nearest.ts";

/** docker/metadata-action's rules if none are given. */
export const defaultTagRules: readonly string[] = [
  "type=schedule",
  "type=ref,event=branch",
  "type=ref,event=tag",
  "type=ref,event=pr",
];

/** docker/metadata-action's `DefaultPriorities`. */
const priorities = { schedule: 1000, semver: 900, ref: 600, raw: 200, sha: 100 } as const;
type TagType = keyof typeof priorities;

const types = ["ref", "semver", "sha", "raw", "schedule"] as const;
const common = ["enable", "prefix", "suffix", "priority"];
const ownAttributes: Readonly<Record<TagType, readonly string[]>> = {
  ref: ["event"],
  semver: ["pattern", "value"],
  sha: ["format"],
  raw: ["value"],
  schedule: ["pattern"],
};

/** What may be in `{{…}}`: docker/metadata-action's global expressions. */
const globals = [
  "branch",
  "tag",
  "sha",
  "base_ref",
  "is_default_branch",
  "is_not_default_branch",
  "date",
  "commit_date",
];
const versionParts = ["raw", "version", "major", "minor", "patch"];

/**
 * Parses one rule in the words of docker/metadata-action, such as
 * `type=semver,pattern={{version}}`, and fills in its defaults. A text without `type=` is `raw`, as
 * there. Throws a usage error that says what is allowed.
 */
export function parseTagRule(text: string): TagRule {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`"${text}" is not a tag rule: ${messageOf(error)}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function parse(text: string): TagRule {
  const given = parseAttributes(text);
  const bare = given.get("");
  given.delete("");
  if (bare !== undefined && !given.has("value")) given.set("value", bare);
  const type = parseType(given.get("type") ?? "raw");
  given.delete("type");
  const known = [...ownAttributes[type], ...common];
  for (const [name, value] of given) {
    if (!known.includes(name)) {
      throw new UsageError(`type=${type} has no attribute ${name}`, { hint: suggest(name, known) });
    }
    checkExpressions(value, type === "semver" && name === "pattern" ? versionParts : globals);
  }
  return ruleOf(type, given);
}

function ruleOf(type: TagType, given: ReadonlyMap<string, string>): TagRule {
  const base = {
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
    case "semver": {
      const pattern = need("pattern", given.get("pattern"), "pattern={{version}}");
      return { ...base, type, pattern, value: given.get("value"), prefix };
    }
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

function parseType(text: string): TagType {
  const type = types.find((known) => known === text);
  if (type !== undefined) return type;
  const hint =
    text === "edge"
      ? "write type=raw,value=edge,enable={{is_default_branch}}"
      : `a type is ${eitherOf(types)}`;
  throw new UsageError(`${text} is not a type`, { hint });
}

function parseEnable(text: string): string {
  if (text === "true" || text === "false" || text.includes("{{")) return text;
  throw new UsageError(`enable must be true, false or an expression, not "${text}"`, {
    hint: "such as enable={{is_default_branch}}",
  });
}

function parsePriority(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`priority must be a number, not "${text}"`);
}

function word<T extends string>(name: string, text: string | undefined, words: readonly T[]): T {
  const found = words.find((known) => known === text);
  if (found !== undefined) return found;
  const allowed = `${name} is ${eitherOf(words)}`;
  if (text === undefined) throw new UsageError(`${name} is missing`, { hint: allowed });
  throw new UsageError(`${text} is not ${name === "event" ? "an event" : "a format"}`, {
    hint: allowed,
  });
}

function need(name: string, text: string | undefined, example: string): string {
  if (text !== undefined && text !== "") return text;
  throw new UsageError(`${name} is missing`, { hint: `such as ${example}` });
}

function checkExpressions(value: string, known: readonly string[]): void {
  for (const [whole, inside] of value.matchAll(/\{\{(.*?)\}\}/g)) {
    const name = (inside ?? "").trim().split(/\s+/, 1)[0] ?? "";
    if (!known.includes(name)) {
      throw new UsageError(`${whole} is not an expression`, { hint: suggest(name, known) });
    }
  }
}
