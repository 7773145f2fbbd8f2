/** A piece of a text with expressions. */
export type Piece = { readonly literal: string } | Expression;

export interface Expression {
  /** Without `${{` and `}}`. */
  readonly expression: string;
  /** Where `${{` is in the text. */
  readonly offset: number;
  /** Where the text goes on after `}}`. */
  readonly end: number;
}

/** A text's literal pieces and expressions, in their order. An expression that has no end is literal. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf("${{", from);
    const close = start < 0 ? -1 : closeOf(text, start + 3);
    if (close < 0) break;
    if (start > from) pieces.push({ literal: text.slice(from, start) });
    const expression = text.slice(start + 3, close).trim();
    from = close + 2;
    pieces.push({ expression, offset: start, end: from });
  }
  if (from < text.length) pieces.push({ literal: text.slice(from) });
  return pieces;
}

/** Where the next `}}` is that is in no string; -1 if there is none. A quote in a string is doubled. */
function closeOf(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === "'") quoted = !quoted;
    else if (char === "}" && !quoted && text[at + 1] === "}") return at;
  }
  return -1;
}

export function expressionsIn(text: string): readonly Expression[] {
  return piecesOf(text).filter((piece) => "expression" in piece);
}
