import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";

const names = ["os", "arch", "epoch", "env", "hash", "file"] as const;

/** A part of a key's template that stands for a value. */
export interface Placeholder {
  readonly name: (typeof names)[number];
  /** What follows the colon; empty if there is none. */
  readonly argument: string;
}

/** Parses what stands between the braces. Throws a usage error that says what is wrong. */
export function placeholderIn(text: string, template: string): Placeholder {
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
