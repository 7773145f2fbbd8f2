import { WorkflowError } from "../errors.ts";

export type Piece = { readonly literal: string } | { readonly expression: string };

/** A text's literal parts and the `${{ }}` expressions in it. A `}}` inside a string ends none. */
export function splitExpressions(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf("${{", from);
    if (start < 0) break;
    const end = endOfExpression(text, start + 3);
    if (start > from) pieces.push({ literal: text.slice(from, start) });
    pieces.push({ expression: text.slice(start + 3, end).trim() });
    from = end + 2;
  }
  if (from < text.length) pieces.push({ literal: text.slice(from) });
  return pieces;
}

function endOfExpression(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith("}}", at)) return at;
  }
  throw new WorkflowError(`an expression is not closed: ${text.slice(from, from + 60)}`);
}
