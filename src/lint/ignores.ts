import type { SourceFile } from "./yaml/node.ts";

/** A comment `# layerkeep: ignore[rule, rule] reason`. */
export interface Ignore {
  /** Of the line that it silences: its own, or the next if nothing else is on its line. */
  readonly line: number;
  readonly commentLine: number;
  /** Empty for every rule. */
  readonly rules: readonly string[];
  readonly reason: string;
}

const comment = /^(.*?)#\s*layerkeep:\s*ignore(?:\[([^\]]*)\])?(.*)$/;
const known = new WeakMap<SourceFile, readonly Ignore[]>();

/** The comments of a file that silence a rule. */
export function ignoresIn(file: SourceFile): readonly Ignore[] {
  const before = known.get(file);
  if (before !== undefined) return before;
  const found = file.text.split("\n").flatMap((text, at): Ignore[] => {
    const match = comment.exec(text);
    if (match === null) return [];
    const [, ahead = "", rules = "", reason = ""] = match;
    const own = at + 1;
    return [
      {
        line: ahead.trim() === "" ? own + 1 : own,
        commentLine: own,
        rules: rules.split(",").flatMap((rule) => (rule.trim() === "" ? [] : [rule.trim()])),
        reason: reason.trim(),
      },
    ];
  });
  known.set(file, found);
  return found;
}
