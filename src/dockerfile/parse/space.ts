/**
 * What Go's `unicode.IsSpace` takes for white space. JavaScript's `\s` lacks U+0085 and has
 * U+FEFF, which to BuildKit is a character like any other.
 */
const spaces = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const one = new RegExp(`^[${spaces}]$`);
const leading = new RegExp(`^[${spaces}]+`);
const trailing = new RegExp(`[${spaces}]+$`);

/** Whether a character is white space to BuildKit. */
export function isSpace(character: string): boolean {
  return one.test(character);
}

/** The text without the white space at its beginning. */
export function trimStart(text: string): string {
  return text.replace(leading, "");
}

/** The text without the white space at both ends. */
export function trim(text: string): string {
  return trimStart(text).replace(trailing, "");
}
