import { UsageError } from "./errors.ts";
import { suggest } from "./nearest.ts";

const names = ["os", "arch", "epoch", "env", "hash", "file"] as const;

/** A part of a key's template that stands for a value. */
export interface Placeholder {
  readonly name: (typeof names)[number];
  /** What follows the colon; empty if there is none. */
  readonly argument: string;
}

/**
 * The texts and placeholders of a key's template, such as `npm-{os}-{hash:package-lock.json}`. Braces
 * within a placeholder, as in `{file:.nvmrc:[0-9]{2}}`, come in pairs. Throws a usage error that says
 * what is wrong.
 */
export function keyParts(template: string): readonly (string | Placeholder)[] {
  const parts: (string | Placeholder)[] = [];
  let text = "";
  for (let at = 0; at < template.length; at++) {
    if (template[at] !== "{") {
      text += template[at] ?? "";
      continue;
    }
    const end = closingBrace(template, at);
    if (end === undefined) throw new UsageError(`the key "${template}" has a { without a }`);
    parts.push(text, placeholderIn(template.slice(at + 1, end), template));
    text = "";
    at = end;
  }
  return [...parts, text];
}

function closingBrace(template: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < template.length; at++) {
    if (template[at] === "\\") at += 1;
    else if (template[at] === "{") depth += 1;
    else if (template[at] === "}" && --depth === 0) return at;
  }
  return undefined;
}

/** Parses what stands between the braces. Throws a usage error that says what is wrong. */
function placeholderIn(text: string, template: string): Placeholder {
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const argument = colon < 0 ? "" : text.slice(colon + 1).trim();
  const refuse = (message: string, hint?: string): never => {
    throw new UsageError(`the key "${template}" ${message}`, { hint });
  };
  const name = names.find((one) => one === word);
  if (name === undefined) return refuse(`has an unknown {${word}}`, suggest(word, names));
  const takesArgument = ["env", "hash", "file"].includes(name);
  if (takesArgument !== (argument !== "")) {
    return refuse(takesArgument ? `has {${name}} without a value` : `has {${name}} with a value`);
  }
  if (name === "file") checkFile(argument, refuse);
  return { name, argument };
}

function checkFile(argument: string, refuse: (message: string, hint?: string) => never): void {
  const colon = argument.indexOf(":");
  if (colon < 1) refuse("has {file:…} without a pattern", "write it as {file:PATH:REGEX}");
  try {
    RegExp(argument.slice(colon + 1));
  } catch {
    refuse(`has a pattern that is not a regular expression: ${argument.slice(colon + 1)}`);
  }
}
