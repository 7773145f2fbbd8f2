import { expandWord } from "../expand/expand.ts";
import type { Heredoc } from "./dockerfile.ts";

/** A heredoc as announced, before its body is read. */
export type HeredocStart = Omit<Heredoc, "content">;

const noVariables: ReadonlyMap<string, string> = new Map();

/** The heredocs that an instruction's line announces, in order. */
export function heredocsOf(text: string): readonly HeredocStart[] {
  if (!text.includes("<<")) return [];
  return shellWordsOf(text).flatMap((word) => parseHeredoc(word) ?? []);
}

/**
 * `<<EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF`, and since BuildKit 0.22 `<< EOF`; undefined for other
 * words (frontend/dockerfile/parser/parser.go, heredocFromMatch).
 */
export function parseHeredoc(word: string): HeredocStart | undefined {
  const match = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/.exec(word);
  const name = match?.[3];
  if (match === null || name === undefined || name === "") return undefined;
  const options = { keepUnset: true };
  const [plain, ...more] = expandWord(name, noVariables, options).words;
  if (plain === undefined || more.length > 0) return undefined;
  // A quote anywhere in the name means that the body is not expanded.
  const quoted = expandWord(name, noVariables, { ...options, rawQuotes: true }).words[0] ?? "";
  return {
    name: plain,
    fd: Number(match[1] === "" ? 0 : match[1]),
    expand: quotesIn(plain) === quotesIn(quoted),
    chomp: match[2] === "-",
  };
}

/** A line that is invalid in the shell announces nothing: BuildKit leaves it to the shell. */
function shellWordsOf(text: string): readonly string[] {
  try {
    return expandWord(text, noVariables, { rawQuotes: true, rawEscapes: true, keepUnset: true })
      .words;
  } catch {
    return [];
  }
}

function quotesIn(text: string): number {
  return text.match(/['"]/g)?.length ?? 0;
}
