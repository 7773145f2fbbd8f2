import { UsageError } from "../../errors.ts";

/** A parsed `{{date 'YYYYMMDD' tz='UTC'}}`. */
export interface Expression {
  readonly name: string;
  readonly args: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

export type Template = readonly (string | Expression)[];

/** The arguments of an expression in a template. */
export type Value = (expression: Expression) => string;

/**
 * Parses a template of tag rules: text with expressions in the Handlebars syntax of
 * docker/metadata-action. Three braces mean the same as two, since nothing here is HTML. Blocks and
 * paths are not supported. Throws a usage error.
 */
export function parseTemplate(text: string): Template {
  const parts: (string | Expression)[] = [];
  let end = 0;
  for (const match of text.matchAll(mustache)) {
    const [whole, opening = "", inside = "", closing = ""] = match;
    if (opening.length !== closing.length) {
      throw new UsageError(`"${text}" has mismatched braces: ${whole}`, {
        hint: `write {{${inside}}}`,
      });
    }
    parts.push(text.slice(end, match.index), parseExpression(inside, text));
    end = match.index + whole.length;
  }
  const rest = text.slice(end);
  if (rest.includes("{{")) throw new UsageError(`"${text}" has {{ without a matching }}`);
  return [...parts, rest].filter((part) => part !== "");
}

/** Fills in a template. Throws a usage error for a name that has no value here. */
export function renderTemplate(text: string, values: Readonly<Record<string, Value>>): string {
  const render = (part: string | Expression): string => {
    if (typeof part === "string") return part;
    const value = Object.hasOwn(values, part.name) ? values[part.name] : undefined;
    if (value !== undefined) return value(part);
    throw new UsageError(`"${text}": {{${part.name}}} is not available here`, {
      hint: `use one of ${Object.keys(values).sort().join(", ")}`,
    });
  };
  return parseTemplate(text).map(render).join("");
}

/** The names that a template uses. */
export function namesIn(template: Template): string[] {
  return template.flatMap((part) => (typeof part === "string" ? [] : [part.name]));
}

const mustache = /(\{\{\{?)\s*([^{}]*?)\s*(\}\}\}?)/g;
const token = /\s*(?:(\w+)=)?(?:'([^']*)'|"([^"]*)"|(\w+))/y;

function parseExpression(source: string, text: string): Expression {
  const args: string[] = [];
  const attributes: Record<string, string> = {};
  token.lastIndex = 0;
  let end = 0;
  let name: string | undefined;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    end = token.lastIndex;
    const [, key, single, double, bare] = match;
    const value = single ?? double ?? bare ?? "";
    if (name === undefined && key === undefined && bare !== undefined) name = bare;
    else if (key !== undefined) attributes[key] = value;
    else args.push(value);
  }
  if (name === undefined || end !== source.length) {
    throw new UsageError(`"${text}" contains the invalid expression {{${source}}}`, {
      hint: "use {{name}} or {{date 'YYYYMMDD' tz='UTC'}}",
    });
  }
  return { name, args, attributes };
}
