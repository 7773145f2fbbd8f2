import { createContext, Script } from "node:vm";
import type { TagPattern } from "../../config/config.ts";
import { messageOf, UsageError } from "../../errors.ts";

const timeLimitMs = 1000;

/**
 * What a tag rule's regular expression matches in a text: the whole and its groups; undefined if it
 * does not match. One that takes too long, such as `(a+)+$` on many letters, is a usage error: only
 * `node:vm` can stop it, and it is used for nothing else here.
 */
export function matchPattern(
  pattern: TagPattern,
  text: string,
): readonly (string | undefined)[] | undefined {
  const { source, flags } = pattern;
  try {
    // Made once: it takes longer than a match.
    matcher ??= { sandbox: createContext({}), script: new Script(code) };
    const given = Object.assign(matcher.sandbox, { text, source, flags });
    const found: unknown = matcher.script.runInContext(given, { timeout: timeLimitMs });
    return Array.isArray(found) ? found.map(textOf) : undefined;
  } catch (cause) {
    const slow = isTimeout(cause);
    throw new UsageError(
      slow
        ? `the pattern ${pattern.text} takes more than a second to match "${text}"`
        : `the pattern ${pattern.text} cannot be matched against "${text}": ${messageOf(cause)}`,
      {
        hint: slow ? "remove nested repetitions, such as (a+)+" : undefined,
        cause,
      },
    );
  }
}

const code = "text.match(new RegExp(source, flags))";
let matcher: { readonly sandbox: object; readonly script: Script } | undefined;

function textOf(part: unknown): string | undefined {
  return typeof part === "string" ? part : undefined;
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
