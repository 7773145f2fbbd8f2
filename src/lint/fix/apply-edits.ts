import type { Edit } from "../finding.ts";

/** A text with parts of it replaced. The edits must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const inOrder = [...edits].sort(({ span: a }, { span: b }) => a.start - b.start);
  let from = 0;
  const parts = inOrder.map(({ span, text: replacement }) => {
    const before = text.slice(from, span.start);
    from = span.end;
    return before + replacement;
  });
  return parts.join("") + text.slice(from);
}
