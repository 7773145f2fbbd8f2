import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { truthy } from "@actions/expressions/result";
import { mapping } from "../document/values.ts";
import { WorkflowError } from "../errors.ts";
import { splitExpressions } from "./split.ts";

/** What an expression can use: contexts as plain JSON values, and functions beside the built-in ones. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly functions?: Readonly<Record<string, (...args: readonly string[]) => boolean | string>>;
}

/** An expression's value as plain JSON. */
function evaluate(expression: string, scope: Scope): unknown {
  return plain(evaluated(expression, scope));
}

/** A text with its expressions replaced by their values as text. */
export function interpolateText(text: string, scope: Scope): string {
  return splitExpressions(text)
    .map((piece) =>
      "literal" in piece ? piece.literal : evaluated(piece.expression, scope).coerceString(),
    )
    .join("");
}

/** A YAML value with all its expressions evaluated. One that is a whole value keeps its type. */
export function interpolate(value: unknown, scope: Scope): unknown {
  if (typeof value === "string") {
    const pieces = splitExpressions(value);
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined && "expression" in only) {
      return evaluate(only.expression, scope);
    }
    return interpolateText(value, scope);
  }
  if (Array.isArray(value)) return value.map((item: unknown) => interpolate(item, scope));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      interpolateText(key, scope),
      interpolate(item, scope),
    ]),
  );
}

const statusFunctions: ReadonlySet<string> = new Set(["success", "failure", "cancelled", "always"]);

/**
 * Whether an `if` holds. Without a status function in it, GitHub adds `success() &&`. Text around an
 * expression would always be true, so it is refused.
 */
export function condition(text: string | undefined, scope: Scope): boolean {
  const expression = conditionExpression(text ?? "");
  if (expression === "") return truthy(evaluated("success()", scope));
  const { tokens } = new Lexer(expression).lex();
  const hasStatus = tokens.some(
    ({ lexeme }, at) => statusFunctions.has(lexeme.toLowerCase()) && tokens[at + 1]?.lexeme === "(",
  );
  const whole = hasStatus ? expression : `success() && (${expression})`;
  return truthy(evaluated(whole, scope));
}

function conditionExpression(text: string): string {
  const pieces = splitExpressions(text.trim());
  const [first] = pieces;
  if (pieces.length === 0 || first === undefined) return "";
  if (pieces.length > 1) {
    throw new WorkflowError(`a condition with text around an expression is always true: ${text}`);
  }
  return "literal" in first ? first.literal : first.expression;
}

function evaluated(expression: string, { contexts, functions = {} }: Scope): data.ExpressionData {
  const definitions = Object.entries(functions).map(
    ([name, call]): FunctionDefinition => ({
      name,
      minArgs: 0,
      maxArgs: 255,
      call: (...args) => dataOf(call(...args.map((arg) => arg.coerceString()))),
    }),
  );
  try {
    const { tokens } = new Lexer(expression).lex();
    const tree = new Parser(tokens, Object.keys(contexts), definitions).parse();
    const dictionary = dictionaryOf(contexts);
    const byName = new Map(definitions.map((it) => [it.name.toLowerCase(), it]));
    return new Evaluator(tree, dictionary, byName).evaluate();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WorkflowError(`\${{ ${expression} }}: ${message}`, { cause });
  }
}

function dictionaryOf(contexts: Readonly<Record<string, unknown>>): data.Dictionary {
  return new data.Dictionary(
    ...Object.entries(contexts).map(([key, value]) => ({ key, value: dataOf(value) })),
  );
}

function dataOf(value: unknown): data.ExpressionData {
  if (Array.isArray(value)) return new data.Array(...value.map(dataOf));
  return typeof value === "object" && value !== null
    ? dictionaryOf(mapping(value))
    : data.reviver("", value ?? null);
}

function plain(value: data.ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer));
}
