import { UsageError } from "../../errors.ts";
import { checkLintOptions } from "../check/lint-options.ts";
import type { Directives } from "./dockerfile.ts";
import { inPlace } from "./place.ts";
import { trim, trimStart } from "./space.ts";

const known = ["syntax", "escape", "check"];

interface Directive {
  readonly name: string;
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * The directives of a Dockerfile (BuildKit: frontend/dockerfile/parser/directives.go): comments of
 * the form `# name=value` before anything else, each at most once. Throws a usage error for a
 * repeated directive, an escape other than backslash and backtick, and check options that BuildKit
 * does not know.
 */
export function readDirectives(lines: readonly string[], file: string): Directives {
  // The parser itself accepts an indented directive. The code that looks for the frontend or for
  // `check` does not.
  const read = directivesOf(lines, 0, "#", trimStart);
  const repeated = read.find(({ name }, at) => read.findIndex((one) => one.name === name) < at);
  if (repeated !== undefined) {
    const message = `the directive ${repeated.name} is set twice`;
    throw new UsageError([{ message, file, line: repeated.line }]);
  }
  const escape = read.find(({ name }) => name === "escape");
  if (escape !== undefined && escape.value !== "\\" && escape.value !== "`") {
    const message = `the escape character cannot be "${escape.value}"`;
    const hint = "use a backslash or a backtick";
    throw new UsageError([{ message, hint, file, line: escape.line }]);
  }
  const check = directivesOf(lines, shebangOf(lines), "#").find(({ name }) => name === "check");
  if (check !== undefined) inPlace(file, check.line, () => checkLintOptions(check.value));
  return {
    syntax: detectSyntax(lines),
    escape: escape?.value === "`" ? "`" : "\\",
    check: check?.value,
  };
}

/**
 * The frontend that a file names, by BuildKit's DetectSyntax: `# syntax=`, `// syntax=`, or the
 * member `syntax` if the file is a JSON object. A shebang line before it is ignored.
 */
function detectSyntax(lines: readonly string[]): Directives["syntax"] {
  const first = shebangOf(lines);
  for (const comment of ["#", "//"]) {
    const found = directivesOf(lines, first, comment).find(({ name }) => name === "syntax");
    if (found !== undefined) {
      return { ref: found.value.split(" ", 1)[0] ?? found.value, line: found.line };
    }
  }
  const ref = syntaxOfJson(lines.slice(first).join("\n"));
  return ref === undefined ? undefined : { ref, line: first + 1 };
}

function shebangOf(lines: readonly string[]): 0 | 1 {
  return lines[0]?.startsWith("#!") === true ? 1 : 0;
}

function directivesOf(
  lines: readonly string[],
  first: number,
  comment: string,
  prepare: (line: string) => string = (line) => line,
): readonly Directive[] {
  const found: Directive[] = [];
  for (let at = first; at < lines.length; at++) {
    const line = prepare(lines[at] ?? "");
    if (!line.startsWith(comment)) break;
    const match = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*$/.exec(
      trimStart(line.slice(comment.length)),
    );
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || !known.includes(name)) break;
    found.push({ name, value: match?.[2] ?? "", line: at + 1 });
  }
  return found;
}

function syntaxOfJson(text: string): string | undefined {
  if (!trim(text).startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : [];
    const value: unknown = entries.find(([name]) => name === "syntax")?.[1];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
