import { forEachChild, parse, type SyntaxNode } from "unbash";
import { expressionsIn } from "../../../expressions/template.ts";
import { isCodeAt } from "./code-of-programs.ts";

/**
 * How a shell reads a place in a script: what is in it is one word, may be several, or belongs to a
 * here-document that is read as it is (`verbatim`).
 */
export type Quoting = "double" | "single" | "none" | "verbatim";

/**
 * Undefined if it is no part of a word, or of a here-document, and if a program runs it as code:
 * then quotes do not keep it apart.
 */
export function quotingAt(script: string, offset: number): Quoting | undefined {
  const letters = script.split("");
  for (const { expression, offset: from } of expressionsIn(script)) {
    const end = script.indexOf("}}", from + expression.length) + "}}".length;
    letters.fill("x", from, end);
  }
  const parsed = parse(letters.join(""));
  if (parsed.errors !== undefined && parsed.errors.length > 0) return undefined;
  const path = pathTo(parsed, offset);
  if (isCodeAt(path)) return undefined;
  const [parent, node] = path.slice(-2);
  if (node?.type === "HereDocBody") {
    const isQuoted = parent?.type !== "HereDoc" || parent.delimiter?.quoted !== false;
    return isQuoted ? "verbatim" : "double";
  }
  return node?.type === "Word" ? quotingIn(node.text.slice(0, offset - node.pos)) : undefined;
}

/** The innermost word, or body of a here-document, around an offset, after all that it is in. */
function pathTo(root: SyntaxNode, offset: number): readonly SyntaxNode[] {
  let found: readonly SyntaxNode[] = [];
  const visit = (path: readonly SyntaxNode[], node: SyntaxNode): void => {
    const own = [...path, node];
    const isPlace = node.type === "Word" || node.type === "HereDocBody";
    // The body of a here-document is outside of its command.
    if (isPlace && node.pos <= offset && offset < node.end) found = own;
    forEachChild(node, (child) => {
      visit(own, child);
    });
  };
  visit([], root);
  return found;
}

/** After this much of a word. Quotes of a substitution within it come in pairs. */
function quotingIn(before: string): Quoting | undefined {
  let quoting: Quoting = "none";
  for (let at = 0; at < before.length; at++) {
    const letter = before.charAt(at);
    if (letter === "\\" && quoting !== "single") at += 1;
    else if (letter === "'" && quoting !== "double") {
      if (quoting === "none" && before.charAt(at - 1) === "$") return undefined;
      quoting = quoting === "single" ? "none" : "single";
    } else if (letter === '"' && quoting !== "single") {
      quoting = quoting === "double" ? "none" : "double";
    }
  }
  return quoting;
}
