import { known, partOf, type Text } from "../../expressions/value.ts";
import type { Field } from "../../model/field.ts";
import { type Argument, withoutQuotes } from "./invocation.ts";

/** What a program's options look like. */
export interface FlagSyntax {
  /** Long names of options that take a value. */
  readonly valued: ReadonlySet<string>;
  /** Long names by letter. */
  readonly short: Readonly<Record<string, string>>;
}

export interface Flags {
  /** The values of an option, in their order; `true` for one without a value. */
  readonly all: (name: string) => readonly Field[];
  /** The last value of an option. */
  readonly last: (name: string) => Field | undefined;
  readonly operands: readonly Argument[];
}

/** Tells options from operands, as Docker's command line does (spf13/pflag). */
export function readFlags(args: readonly Argument[], { valued, short }: FlagSyntax): Flags {
  const values = new Map<string, Field[]>();
  const operands: Argument[] = [];
  const rest = [...args];
  const add = (name: string, value: Field): void => {
    values.set(name, [...(values.get(name) ?? []), value]);
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const { text } = arg.value;
    if (text === "--") {
      operands.push(...rest);
      break;
    }
    const [, long, , given] = /^--([\w-]+)(=([^]*))?$/.exec(text) ?? [];
    const [, letters = ""] = /^-([A-Za-z][^]*)$/.exec(text) ?? [];
    if (long !== undefined) {
      if (given !== undefined) add(long, fieldOf(arg, given));
      else add(long, valued.has(long) ? (rest.shift() ?? fieldOf(arg, "")) : flagged(arg));
    } else if (letters === "") operands.push(arg);
    else {
      const { name, value } = shortFlag(letters, { valued, short });
      if (!valued.has(name)) add(name, flagged(arg));
      else if (value === "") add(name, rest.shift() ?? fieldOf(arg, ""));
      else add(name, fieldOf(arg, value));
    }
  }
  const all = (name: string): readonly Field[] => values.get(name) ?? [];
  return { all, last: (name) => all(name).at(-1), operands };
}

/** `-t x`, `-tx`, `-t=x`, and letters without values before it: `-qt x`. */
function shortFlag(
  letters: string,
  { valued, short }: FlagSyntax,
): { readonly name: string; readonly value: string } {
  const names = Array.from(letters, (letter) => short[letter] ?? letter);
  const at = names.findIndex((name) => valued.has(name));
  const name = names[Math.max(at, 0)] ?? letters;
  return { name, value: at < 0 ? "" : letters.slice(at + 1).replace(/^=/, "") };
}

/** The value of `--name=value`. */
function fieldOf({ value, span }: Argument, text: string): Field {
  const { file, start, end } = span;
  const [name = ""] = /^--?[\w-]+=/.exec(file.text.slice(start, end)) ?? [];
  return {
    value: partOf(value, text),
    span: withoutQuotes({ file, start: start + name.length, end }),
  };
}

function flagged({ span }: Argument): Field {
  const value: Text = known("true");
  return { value, span };
}
