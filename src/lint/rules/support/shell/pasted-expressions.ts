import { parseExpression, formatTree, type Tree } from "../../../expressions/parse.ts";
import { expressionsIn } from "../../../expressions/template.ts";
import type { Span } from "../../../yaml/node.ts";

/** An expression in a script, as it is written. */
export interface Pasted {
  readonly expression: string;
  readonly span: Span;
  /** Where it is in the script's text; undefined if the file does not show it. */
  readonly offset: number | undefined;
  /** The properties whose value it may take, such as `github.head_ref`. */
  readonly sources: readonly string[];
}

/** The expressions that the CI replaces in a script before it runs. `text` is the scalar's. */
export function pastedIn({ file, start, end }: Span, text: string): readonly Pasted[] {
  const inText = expressionsIn(text);
  const inFile = expressionsIn(file.text.slice(start, end));
  return inFile.map(({ expression, offset }, at) => {
    const from = start + offset;
    const close = file.text.indexOf("}}", from + expression.length);
    return {
      expression,
      span: { file, start: from, end: close < 0 ? end : close + "}}".length },
      offset: inText.length === inFile.length ? inText[at]?.offset : undefined,
      sources: sourcesOf(expression),
    };
  });
}

/** Whether its value is JSON, whose lines and texts in quotes cannot end what they are in. */
export function isJson({ expression }: Pasted): boolean {
  const tree = parseExpression(expression);
  return tree?.kind === "call" && tree.name === "tojson";
}

/** The properties that an expression's value may be, or contain. */
export function sourcesOf(expression: string): readonly string[] {
  const tree = parseExpression(expression);
  return tree === undefined ? [] : sourcesIn(tree);
}

/** After a property of which the whole object is taken. As a text, an object is only `Object`. */
export const asJson = " as JSON";

/** Functions whose result has their arguments in it; those of others have a fixed form. */
const carrying = new Set(["case", "format", "fromjson", "join", "tojson"]);

function sourcesIn(tree: Tree): readonly string[] {
  switch (tree.kind) {
    case "context":
    case "index":
      return [formatTree(tree)];
    case "and":
      // Another one than the last is the value only if it is empty or false.
      return tree.args.slice(-1).flatMap(sourcesIn);
    case "or":
      return tree.args.flatMap(sourcesIn);
    case "call": {
      const sources = carrying.has(tree.name) ? tree.args.flatMap(sourcesIn) : [];
      return tree.name === "tojson" ? sources.map((source) => `${source}${asJson}`) : sources;
    }
    default:
      return [];
  }
}
