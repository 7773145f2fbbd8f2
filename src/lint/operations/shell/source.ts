import { parse, type ParsedScript } from "unbash";
import { createPlaces } from "../../../config/yaml/yaml-places.ts";
import { known, type Text } from "../../expressions/value.ts";
import { linesOfScalar } from "../../yaml/scalar-lines.ts";
import { type Span, spanWithin } from "../../yaml/node.ts";

/** A script that was parsed, and where its parts are written. */
export interface ScriptSource {
  readonly script: ParsedScript;
  /** A part of the parsed text, with its expressions in place again. */
  readonly reveal: (part: string) => Text;
  /** Where the text between two offsets is written. */
  readonly spanOf: (start: number, end: number) => Span;
}

/**
 * The CI puts the value of an expression into a script before the shell reads it. What is not known
 * takes the same room in the parsed text: one character that counts, and filling.
 */
const first = 0xe100;
const most = 0xf8ff - first;
const filling = "\ue000";
const hidden = /[\ue100-\uf8ff]\ue000*/g;
const expression = /\$\{\{.*?\}\}/gs;

/** Parses a script. `span` is where its text is written: a file, or a scalar in one. */
export function parseScript({ text, unknown }: Text, span: Span): ScriptSource {
  const found: string[] = [];
  const parsed = text.replace(expression, (whole) => {
    if (found.length === most) return whole;
    found.push(whole);
    return String.fromCharCode(first + found.length - 1).padEnd(whole.length, filling);
  });
  const lines = linesOfScalar(span, text);
  const placeOf = createPlaces(parsed);
  const reveal = (part: string): Text => {
    const shown = part.replace(hidden, (at) => found[at.charCodeAt(0) - first] ?? at);
    if (shown === part) return known(part);
    const inPart = unknown.filter((one) => shown.includes(`\${{ ${one.expression} }}`));
    return { text: shown, unknown: inPart };
  };
  return {
    script: parse(parsed),
    reveal,
    spanOf: (start, end) => {
      const shown = reveal(parsed.slice(start, end)).text;
      const [first = "", ...more] = shown.split("\n");
      const line = placeOf(start).line - 1;
      const place = lines(line, line + more.length);
      const begin = spanWithin(place, first);
      return begin === place || more.length === 0 ? begin : { ...place, start: begin.start };
    },
  };
}
