import type { Span } from "./node.ts";

/**
 * Where lines of a scalar's text are written, counted from 0, both ends inclusive. The whole span if
 * they cannot be told apart in the file: in a folded scalar, or if a value that was filled in has
 * lines of its own. A span that begins at the start of a file is all of its text.
 */
export function linesOfScalar(span: Span, text: string): (first: number, last: number) => Span {
  const { file, start, end } = span;
  const written = file.text.slice(start, end).split("\n");
  const isBlock = /^\|[-+\d]*[^\S\n]*(?:#.*)?$/.test(written[0] ?? "");
  const head = isBlock ? 1 : 0;
  const isWhole = start === 0 && end === file.text.length;
  const count = text.replace(/\n+$/, "").split("\n").length;
  const body = written.slice(head);
  while (body.length > 0 && (body.at(-1) ?? "").trim() === "") body.pop();
  if ((!isBlock && !isWhole) || body.length !== count) return () => span;
  const offsets = [start];
  for (const line of written) offsets.push((offsets.at(-1) ?? start) + line.length + 1);
  return (first, last) => {
    const from = offsets[head + first];
    const next = offsets[head + last + 1];
    if (from === undefined || next === undefined) return span;
    const indent = /^\s*/.exec(body[first] ?? "")?.[0].length ?? 0;
    return { file, start: from + indent, end: Math.min(next - 1, end) };
  };
}
