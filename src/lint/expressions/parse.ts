import { Lexer, Parser } from "@actions/expressions";
import {
  Binary,
  ContextAccess,
  type Expr,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Star,
  Unary,
} from "@actions/expressions/ast";

/** An expression's tree. */
export type Tree =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "context"; readonly name: string }
  | { readonly kind: "index"; readonly of: Tree; readonly by: Tree | "*" }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Tree[] }
  | { readonly kind: "not"; readonly of: Tree }
  | { readonly kind: "and" | "or"; readonly args: readonly Tree[] }
  | { readonly kind: "compare"; readonly by: string; readonly left: Tree; readonly right: Tree };

const contexts = "github env vars job jobs steps runner secrets strategy matrix needs inputs".split(
  " ",
);
const functions =
  "always cancelled failure success hashFiles contains startsWith endsWith format join toJSON fromJSON case"
    .split(" ")
    .map((name) => ({ name, minArgs: 0, maxArgs: 255 }));

const parsed = new Map<string, Tree | undefined>();
const mostRemembered = 5_000;

/** Parses an expression as GitHub does. Undefined if GitHub would refuse it. */
export function parseExpression(text: string): Tree | undefined {
  if (parsed.has(text)) return parsed.get(text);
  if (parsed.size >= mostRemembered) parsed.clear();
  const tree = parse(text);
  parsed.set(text, tree);
  return tree;
}

function parse(text: string): Tree | undefined {
  try {
    const { tokens } = new Lexer(text).lex();
    const expression = new Parser(tokens, contexts, functions).parse();
    return treeOf(expression);
  } catch {
    return undefined;
  }
}

/** The lexer gives a value to strings and numbers only. */
function literalOf({ token: { value, lexeme } }: Literal): string | number | boolean | null {
  if (typeof value === "string" || typeof value === "number") return value;
  return lexeme === "null" ? null : lexeme === "true";
}

function treeOf(expression: Expr): Tree {
  if (expression instanceof Literal) {
    return { kind: "literal", value: literalOf(expression) };
  }
  if (expression instanceof Grouping) return treeOf(expression.group);
  if (expression instanceof ContextAccess) {
    return { kind: "context", name: expression.name.lexeme.toLowerCase() };
  }
  if (expression instanceof IndexAccess) {
    const { expr, index } = expression;
    return { kind: "index", of: treeOf(expr), by: index instanceof Star ? "*" : indexOf(index) };
  }
  if (expression instanceof FunctionCall) {
    const name = expression.functionName.lexeme.toLowerCase();
    return { kind: "call", name, args: expression.args.map(treeOf) };
  }
  if (expression instanceof Unary) return { kind: "not", of: treeOf(expression.expr) };
  if (expression instanceof Logical) {
    const kind = expression.operator.lexeme === "&&" ? "and" : "or";
    return { kind, args: expression.args.map(treeOf) };
  }
  if (expression instanceof Binary) {
    const { left, operator, right } = expression;
    return { kind: "compare", by: operator.lexeme, left: treeOf(left), right: treeOf(right) };
  }
  throw new Error("an expression of an unknown kind");
}

/** A property's name after a dot is a literal whose token has no value. */
function indexOf(index: Expr): Tree {
  if (index instanceof Literal && index.token.value === undefined) {
    return { kind: "literal", value: index.token.lexeme };
  }
  return treeOf(index);
}

/** Every context that an expression reads, as `github` or `steps`. */
export function contextsIn(tree: Tree): ReadonlySet<string> {
  const found = new Set<string>();
  visit(tree, (node) => {
    if (node.kind === "context") found.add(node.name);
  });
  return found;
}

/** Calls `see` for each part of an expression. */
function visit(tree: Tree, see: (tree: Tree) => void): void {
  see(tree);
  switch (tree.kind) {
    case "index":
      visit(tree.of, see);
      if (tree.by !== "*") visit(tree.by, see);
      return;
    case "not":
      visit(tree.of, see);
      return;
    case "call":
    case "and":
    case "or":
      for (const arg of tree.args) visit(arg, see);
      return;
    case "compare":
      visit(tree.left, see);
      visit(tree.right, see);
      return;
    default:
  }
}

/** An expression's text, the same for all ways to write it. */
export function formatTree(tree: Tree): string {
  switch (tree.kind) {
    case "literal":
      return typeof tree.value === "string"
        ? `'${tree.value.replaceAll("'", "''")}'`
        : String(tree.value);
    case "context":
      return tree.name;
    case "index":
      return formatIndex(formatTree(tree.of), tree.by);
    case "call":
      return `${tree.name}(${tree.args.map(formatTree).join(", ")})`;
    case "not":
      return `!${formatTree(tree.of)}`;
    case "and":
    case "or":
      return `(${tree.args.map(formatTree).join(tree.kind === "and" ? " && " : " || ")})`;
    case "compare":
      return `(${formatTree(tree.left)} ${tree.by} ${formatTree(tree.right)})`;
  }
}

function formatIndex(of: string, by: Tree | "*"): string {
  if (by === "*") return `${of}.*`;
  if (by.kind === "literal" && typeof by.value === "string" && /^[\w-]+$/.test(by.value)) {
    return `${of}.${by.value.toLowerCase()}`;
  }
  return `${of}[${formatTree(by)}]`;
}
