import type { Place } from "../config/yaml/yaml-places.ts";
import { remember } from "./remember.ts";
import type { Node, ScalarNode, SourceFile, Span } from "./yaml/node.ts";
import { readNodes } from "./yaml/read-nodes.ts";

/** A comment `# layerkeep: ignore[rule, rule] reason`. */
interface Ignore {
  /** The line that it silences: its own, or the next if nothing else is on its line. */
  readonly line: number;
  /** Undefined for every rule. */
  readonly rules: readonly NamedRule[] | undefined;
}

/** A rule that a comment names, and where. */
export interface NamedRule extends Place {
  readonly id: string;
}

/** The rules that the comments of a file name. */
export function namedRules(file: SourceFile): readonly NamedRule[] {
  return ignoresIn(file).flatMap(({ rules }) => rules ?? []);
}

/**
 * Whether a comment silences a rule at a place: on its line, or where the text of several lines
 * begins that it is in.
 */
export function isIgnored(rule: string, { file, start }: Span): boolean {
  const ignores = ignoresIn(file).filter(
    ({ rules }) => rules === undefined || rules.some(({ id }) => id === rule),
  );
  if (ignores.length === 0) return false;
  const around = /\.ya?ml$/.test(file.path) ? scalarAt(readNodes(file).root, start) : undefined;
  const lines = [start, around?.start ?? start].map((offset) => file.placeOf(offset).line);
  return ignores.some(({ line }) => lines.includes(line));
}

const comment = /^(.*?)#\s*layerkeep:\s*ignore(?=[\s[]|$)\s*(?:\[([^\]]*))?/d;

const ignoresIn = remember((file: SourceFile): readonly Ignore[] =>
  file.text.split(/\r?\n/).flatMap((text, at) => {
    const match = comment.exec(text);
    if (match === null) return [];
    const [, ahead = "", list] = match;
    const own = at + 1;
    const column = (match.indices?.[2]?.[0] ?? 0) + 1;
    return {
      line: ahead.trim() === "" ? own + 1 : own,
      rules: list === undefined ? undefined : rulesIn(list, { line: own, column }),
    };
  }),
);

function rulesIn(list: string, { line, column }: Place): readonly NamedRule[] {
  return [...list.matchAll(/[^\s,]+/g)].map(({ 0: id, index }) => {
    return { id, line, column: column + index };
  });
}

function scalarAt(node: Node | undefined, offset: number): ScalarNode | undefined {
  if (node === undefined || offset < node.start || offset >= node.end) return undefined;
  if (node.kind === "scalar") return node;
  const inner = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  for (const one of inner) {
    const found = scalarAt(one, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}
