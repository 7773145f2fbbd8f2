import type { Edit, Finding } from "../finding.ts";

export interface ChosenFixes {
  /** The findings that the edits remove. */
  readonly findings: readonly Finding[];
  /** By path. */
  readonly edits: ReadonlyMap<string, readonly Edit[]>;
}

/**
 * The fixes that can be applied together: all edits of a fix, or none. If two of them touch, the
 * first one wins. `unsafe` also takes those that change more than the fault.
 */
export function chooseFixes(findings: readonly Finding[], unsafe: boolean): ChosenFixes {
  const edits = new Map<string, Edit[]>();
  const chosen = findings.filter(({ fix }) => {
    if (fix === undefined || !(fix.safe || unsafe) || !fix.edits.some(changes)) return false;
    const before = ({ span }: Edit): readonly Edit[] => edits.get(span.file.path) ?? [];
    const added = fix.edits.filter((edit) => !before(edit).some((other) => isSame(edit, other)));
    if (added.some((edit) => before(edit).some((other) => touches(edit, other)))) return false;
    for (const edit of added) edits.set(edit.span.file.path, [...before(edit), edit]);
    return true;
  });
  return { findings: chosen, edits };
}

function changes({ span: { file, start, end }, text }: Edit): boolean {
  return file.text.slice(start, end) !== text;
}

/** Several scenarios, or several faults, may need the same edit. */
function isSame(left: Edit, right: Edit): boolean {
  return (
    left.span.start === right.span.start &&
    left.span.end === right.span.end &&
    left.text === right.text
  );
}

function touches({ span: a }: Edit, { span: b }: Edit): boolean {
  return a.start <= b.end && b.start <= a.end;
}
