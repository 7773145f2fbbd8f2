import { evaluate } from "../../lint/expressions/evaluate.ts";
import {
  exampleOf,
  type Json,
  plainText,
  type Text,
  textOfValue,
  type Unknown,
} from "../../lint/expressions/value.ts";
import type { Reading } from "./reading.ts";

/** The text with every expression replaced; undefined if one has no replacement. */
function replaced(
  { text, unknown }: Text,
  replace: (unknown: Unknown) => string | undefined,
): string | undefined {
  let filled = text;
  for (const part of unknown) {
    const value = replace(part);
    if (value === undefined) return undefined;
    filled = filled.replaceAll(textOfValue(part).text, () => value);
  }
  return filled;
}

/** A text that is the same in every run; undefined for any other. */
export function constant(text: Text, { values }: Pick<Reading, "values">): string | undefined {
  return replaced(text, ({ expression }) => values.get(expression.toLowerCase()));
}

/** What the text is in the example run; undefined if only a real run can tell. */
export function concrete(text: Text, { event, values }: Reading): string | undefined {
  return replaced(text, (part) => {
    const known = values.get(part.expression.toLowerCase()) ?? exampleOf(part);
    const value = known ?? withDefaults(part.expression, event.defaults);
    return value === undefined ? undefined : plainText(value);
  });
}

/** The value of an expression if whoever starts the run changes no input. */
function withDefaults(
  expression: string,
  defaults: Reading["event"]["defaults"],
): Json | undefined {
  const inputs = { values: defaults, open: false, constancy: "run" } as const;
  return exampleOf(evaluate(expression, { contexts: new Map([["inputs", inputs]]) }));
}

/**
 * The text as the config writes it, with `${NAME}` for an input of the workflow; undefined if the
 * config cannot express it.
 */
export function configText(text: Text, { values }: Pick<Reading, "values">): string | undefined {
  const literal = { ...text, text: escapedAround(text) };
  return replaced(literal, ({ expression }) => {
    const given = values.get(expression.toLowerCase());
    if (given !== undefined) return escaped(given);
    const input = inputIn(expression);
    return input === undefined ? undefined : `\${${variableOf(input)}}`;
  });
}

/** `$` is doubled where it would start a variable. */
export function escaped(text: string): string {
  return text.replace(/\$(?=[{$])/g, "$$$$");
}

/** The same for a text, but for its expressions. */
export function escapedAround({ text }: Pick<Text, "text">): string {
  return text
    .split(/(\$\{\{.*?\}\})/s)
    .map((part, at) => (at % 2 === 0 ? escaped(part) : part))
    .join("");
}

/** The input whose value an expression has: `inputs.x`, `inputs.x == true`, `inputs.x || 'y'`. */
export function inputIn(expression: string): string | undefined {
  return /^\(?inputs\.([\w-]+)(?: (?:== (?:true|'true')|\|\| [^()&|]+))?\)?$/.exec(expression)?.[1];
}

/** The config's variable for an input: `TEST_IMAGE` for `test-image`. */
export function variableOf(input: string): string {
  const name = input.toUpperCase().replace(/\W/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** The expressions of a text for a message: `` `github.actor` ``. */
export function expressionsOf({ unknown }: Text): string {
  return [...new Set(unknown.map(({ expression }) => `\`${expression}\``))].join(", ");
}

/** What is another one in each run. */
export function isOfRun({ expression }: Unknown): boolean {
  return /^(?:github\.(?:sha|ref|ref_name|head_ref|run_\w+|event\..*)|\$CI_(?:COMMIT|PIPELINE|JOB|MERGE_REQUEST)_\w+)$/.test(
    expression,
  );
}

/**
 * How the user gives the first value that is not known: `pass --value vars.REGISTRY=VALUE`.
 * Undefined if it has no name, or is another one in each run.
 */
export function valueHint({ unknown }: Text): string | undefined {
  const [first] = unknown;
  if (first === undefined || unknown.some(isOfRun)) return undefined;
  const name = first.expression.replace(/^\$(?=\w+$)/, "");
  return /^[\w.-]+$/.test(name) ? `pass --value ${name}=VALUE` : undefined;
}

/** What to do about a value: something, or giving it. */
export function orHint(otherwise: string, text: Text): string {
  const given = valueHint(text);
  return given === undefined ? otherwise : `${otherwise}, or ${given}`;
}
