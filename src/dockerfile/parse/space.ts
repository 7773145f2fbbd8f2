/**
 * What Go's `unicode.IsSpace` treats as white space. JavaScript's `\s` lacks U+0085 and includes
 * U+FEFF, which is an ordinary character to BuildKit.
 */
const spaces = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const one = new RegExp(`^[${spaces}]$`);
const leading = new RegExp(`^[${spaces}]+`);
const trailing = new RegExp(`[${spaces}]+$`);

/** Whether BuildKit treats a character as white space. */
export function isSpace(character: string): boolean {
  return one.test(character);
}

/** The text without leading white space. */
export function trimStart(text: string): string {
  return text.replace(leading, "");
}

/** The text without leading and trailing white space. */
export function trim(text: string): string {
  return trimStart(text).replace(trailing, "");
}
