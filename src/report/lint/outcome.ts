import { join, relative, sep } from "node:path";
import type { FixedInput } from "../../lint/fix/fix-input.ts";
import type { Rule } from "../../lint/rule.ts";
import type { Span } from "../../lint/yaml/node.ts";
import { version } from "../../version.ts";

/** What a run of the linter found, by repository. */
export interface LintOutcome {
  readonly inputs: readonly FixedInput[];
  /** Those that were checked. */
  readonly rules: readonly Rule[];
  /** Absolute; paths are shown from here. */
  readonly cwd: string;
}

/** A part of a file, with 1-based lines and columns (UTF-16 units); the end is exclusive. */
export interface Region {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a span is, with the file's path from `cwd`. */
export function regionOf({ file, start, end }: Span, root: string, cwd: string): Region {
  const [from, to] = [file.placeOf(start), file.placeOf(end)];
  return {
    file: shownPath(file.path, root, cwd),
    ...from,
    endLine: to.line,
    endColumn: to.column,
  };
}

/** The path of a repository's file from `cwd`; standard input keeps its name. */
export function shownPath(path: string, root: string, cwd: string): string {
  if (path.startsWith("<")) return path;
  return relative(cwd, join(root, path)).replaceAll(sep, "/");
}

/** A rule's page, as it was in this version. */
export function rulePage(id: string): string {
  const ref = version === "0.0.0-dev" ? "main" : `v${version}`;
  return `https://github.com/layerkeep/layerkeep/blob/${ref}/docs/lint/${id}.md`;
}
