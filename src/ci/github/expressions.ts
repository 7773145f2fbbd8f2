import { UsageError } from "../../errors.ts";

/** `${{ … }}`: GitHub evaluates what is inside. */
export function expression(text: string): string {
  return `\${{ ${text} }}`;
}

/** A string inside of an expression, whatever characters it has. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A text of the config that goes into a workflow as it is. Throws a usage error if GitHub would
 * evaluate a part of it: whoever may change the text could then read secrets with it.
 */
export function literal(text: string, what: string): string {
  if (!text.includes("${{")) return text;
  throw new UsageError(`${what} contains a GitHub expression: ${text}`, {
    hint: "GitHub would evaluate ${{ … }} in the workflow: use a literal value instead",
  });
}
