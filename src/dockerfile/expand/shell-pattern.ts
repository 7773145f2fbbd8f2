import { UsageError } from "../../errors.ts";

/** `${value#pattern}`, and with `longest` `${value##pattern}`. */
export function removePrefix(value: string, pattern: string, longest: boolean): string {
  const match = new RegExp(`^${sourceOf(pattern, longest)}`, "u").exec(value);
  return match === null ? value : value.slice(match[0].length);
}

/** `${value%pattern}`, and with `longest` `${value%%pattern}`. */
export function removeSuffix(value: string, pattern: string, longest: boolean): string {
  // A regular expression finds the leftmost match, so the shortest suffix is found by searching
  // backwards.
  return reverse(removePrefix(reverse(value), reversePattern(pattern), longest));
}

/** `${value/pattern/replacement}`, and with `all` `${value//pattern/replacement}`. */
export function replaceFirstOrAll(
  value: string,
  pattern: string,
  replacement: string,
  all: boolean,
): string {
  const expression = new RegExp(sourceOf(pattern, true), all ? "gu" : "u");
  // With `//`, BuildKit's replacement is a Go template: a $ in it refers to a group of the match.
  return value.replace(expression, (match) =>
    all ? fillTemplate(replacement, match) : replacement,
  );
}

/**
 * Go's regexp.Expand for an expression without groups: `$0` is the match, other names are empty.
 */
function fillTemplate(template: string, match: string): string {
  return template.replace(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (_, dollar?: string, braced?: string, bare?: string) =>
      dollar ?? ((braced ?? bare) === "0" ? match : ""),
  );
}

/** A shell pattern of `*`, `?` and escapes as a regular expression. It has no bracket classes. */
function sourceOf(pattern: string, longest: boolean): string {
  const characters = Array.from(pattern);
  let source = "";
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") source += longest ? "[^\\n]*" : "[^\\n]*?";
    else if (character === "?") source += "[^\\n]";
    else if (character !== "\\") source += literal(character);
    else {
      const escaped = characters[++at] ?? "";
      // } and / are escaped because of ${}. Only these other escapes belong to the pattern.
      if (!["}", "/", "*", "?", "\\"].includes(escaped)) {
        throw new UsageError(
          `"${pattern}" is not a valid pattern: \\${escaped} is not a valid escape`,
        );
      }
      source += literal(escaped);
    }
  }
  return source;
}

function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function reverse(text: string): string {
  return Array.from(text).reverse().join("");
}

/** The pattern reversed, with each escape still before what it escapes. */
function reversePattern(pattern: string): string {
  return (pattern.match(/\\[^]|[^]/gu) ?? []).reverse().join("");
}
