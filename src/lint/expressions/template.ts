/** A piece of a text with expressions. */
export type Piece = { readonly literal: string } | Expression;

export interface Expression {
  /** Without `${{` and `}}`. */
  readonly expression: string;
  /** Where `${{` is in the text. */
  readonly offset: number;
}

const expression = /\$\{\{((?:'(?:[^']|'')*'|[^'}]|\}(?!\}))*)\}\}/gs;

/** A text's literal pieces and expressions, in their order. */
export function piecesOf(text: string): readonly Piece[] {
  if (!text.includes("${{")) return text === "" ? [] : [{ literal: text }];
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: whole, 1: inner = "", index } of text.matchAll(expression)) {
    if (index > from) pieces.push({ literal: text.slice(from, index) });
    pieces.push({ expression: inner.trim(), offset: index });
    from = index + whole.length;
  }
  if (from < text.length) pieces.push({ literal: text.slice(from) });
  return pieces;
}

export function expressionsIn(text: string): readonly Expression[] {
  return piecesOf(text).filter((piece) => "expression" in piece);
}
