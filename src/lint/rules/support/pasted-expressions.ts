import { parseExpression, formatTree, type Tree } from "../../expressions/parse.ts";
import { expressionsIn } from "../../expressions/template.ts";
import type { Span } from "../../yaml/node.ts";

/** An expression in a script, as it is written. */
export interface Pasted {
  readonly expression: string;
  readonly span: Span;
  /** The properties whose value it may take, such as `github.head_ref`. */
  readonly sources: readonly string[];
}

/** The expressions that the CI replaces in a script before it runs. */
export function pastedIn({ file, start, end }: Span): readonly Pasted[] {
  return expressionsIn(file.text.slice(start, end)).map(({ expression, offset }) => {
    const from = start + offset;
    const close = file.text.indexOf("}}", from + expression.length);
    return {
      expression,
      span: { file, start: from, end: close < 0 ? end : close + "}}".length },
      sources: sourcesOf(expression),
    };
  });
}

/** The properties that an expression's value may be, or contain. */
export function sourcesOf(expression: string): readonly string[] {
  const tree = parseExpression(expression);
  return tree === undefined ? [] : sourcesIn(tree);
}

/** Functions whose result has their arguments in it; those of others have a fixed form. */
const carrying = new Set(["case", "format", "fromjson", "join", "tojson"]);

function sourcesIn(tree: Tree): readonly string[] {
  switch (tree.kind) {
    case "context":
    case "index":
      return [formatTree(tree)];
    case "and":
    case "or":
      return tree.args.flatMap(sourcesIn);
    case "call":
      return carrying.has(tree.name) ? tree.args.flatMap(sourcesIn) : [];
    default:
      return [];
  }
}
