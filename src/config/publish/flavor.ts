import { messageOf, UsageError } from "../../errors.ts";
import type { Flavor, TagRule } from "../config.ts";
import { parseAttributes } from "../../csv.ts";
import { eitherOf } from "../../nearest.ts";
import { hasFields } from "../import/fill.ts";
import { checkExpressions, globals } from "./tag-expressions.ts";

type Entries = Partial<Flavor>;
type Writable = { -readonly [K in keyof Entries]: Entries[K] };

/** docker/metadata-action's defaults. */
export const defaultFlavor: Flavor = {
  latest: "auto",
  prefix: "",
  prefixLatest: false,
  prefixNamed: false,
  suffix: "",
  suffixLatest: false,
  suffixNamed: false,
};

/**
 * What one entry of docker/metadata-action's `flavor` sets: `latest=auto|true|false`,
 * `prefix=…[,onlatest=true]` or `suffix=…[,onlatest=true]`. Throws a usage error that says what
 * is allowed. `template` is the text before its fields were filled in.
 */
export function parseFlavorEntry(text: string, template = text): Entries {
  try {
    return { ...parse(text), ...namedAffixes(template) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`"${text}" is not a valid flavor: ${messageOf(error)}`, {
      hint: error.hint ?? "use latest=, prefix= or suffix=",
      cause: error,
    });
  }
}

/** What comes before and after a rule's value, and whether the tag then names the variant. */
export function affixesOf(
  rule: TagRule,
  flavor: Flavor,
): { readonly prefix: string; readonly suffix: string; readonly named: boolean } {
  const isPullRequest = rule.type === "ref" && rule.event === "pr";
  const own = rule.prefix ?? (rule.type === "sha" ? "sha-" : isPullRequest ? "pr-" : undefined);
  return {
    prefix: own ?? flavor.prefix,
    suffix: rule.suffix ?? flavor.suffix,
    named:
      rule.named ||
      (own === undefined && flavor.prefixNamed) ||
      (rule.suffix === undefined && flavor.suffixNamed),
  };
}

function namedAffixes(template: string): Entries {
  if (!hasFields(template)) return {};
  const given = parseAttributes(template);
  return {
    ...(given.has("prefix") && { prefixNamed: hasFields(given.get("prefix") ?? "") }),
    ...(given.has("suffix") && { suffixNamed: hasFields(given.get("suffix") ?? "") }),
  };
}

function parse(text: string): Entries {
  const entries: Writable = {};
  let affix: "prefix" | "suffix" | undefined;
  for (const [key, value] of parseAttributes(text)) {
    switch (key) {
      case "latest":
        entries.latest = word(key, value, ["auto", "true", "false"] as const);
        break;
      case "prefix":
      case "suffix":
        checkExpressions(value, globals);
        entries[key] = value;
        affix = key;
        break;
      case "onlatest": {
        const on = word(key, value, ["true", "false"] as const) === "true";
        if (affix === undefined) {
          throw new UsageError("onlatest must follow prefix or suffix", {
            hint: "put it after one of them, as in suffix=-alpine,onlatest=true",
          });
        }
        entries[affix === "prefix" ? "prefixLatest" : "suffixLatest"] = on;
        break;
      }
      default:
        throw new UsageError(key === "" ? "it is not a key=value pair" : `unknown key "${key}"`);
    }
  }
  return entries;
}

function word<T extends string>(name: string, text: string, words: readonly T[]): T {
  const found = words.find((known) => known === text);
  if (found !== undefined) return found;
  throw new UsageError(`${name} must be ${eitherOf(words)}, not "${text}"`);
}
