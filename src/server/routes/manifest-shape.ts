import { isUtf8 } from "node:buffer";
import { FormatError } from "../../errors.ts";

/** The nesting of lists and objects. The specification's own documents need six levels. */
const deepest = 32;
/**
 * The number of names, values, lists and objects. Parsed, each takes up to a hundred bytes of
 * memory; an index of a thousand images has about twenty thousand.
 */
const mostValues = 100_000;

/**
 * Throws a format error for JSON that costs much more to parse than to send: it is measured first,
 * without being parsed. Also for invalid UTF-8, and for a byte order mark, which RFC 8259 (8.1)
 * forbids and which only some JSON parsers accept.
 */
export function requireModestJson(bytes: Uint8Array): void {
  // Decoding would replace invalid bytes and accept the result.
  if (!isUtf8(bytes)) throw new FormatError("it is not UTF-8");
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new FormatError("it begins with a byte order mark");
  }
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case quote:
        at = endOfString(bytes, at);
        break;
      case openBrace:
      case openBracket:
        depth += 1;
        values += 1;
        if (depth > deepest) throw new FormatError(`it is nested more than ${deepest} levels deep`);
        break;
      case closeBrace:
      case closeBracket:
        depth -= 1;
        break;
      case comma:
      case colon:
        values += 1;
        break;
      default:
        break;
    }
    if (values > mostValues) throw new FormatError(`it contains more than ${mostValues} values`);
  }
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The end of the string that begins there: its closing quote, or the end of the bytes. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === quote) return at;
    if (bytes[at] === backslash) at += 1;
  }
  return bytes.length;
}
