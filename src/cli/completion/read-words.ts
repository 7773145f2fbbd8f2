import type { Command, Option } from "commander";

/** What the words before the cursor have settled. */
export interface ReadWords {
  readonly command: Command;
  /** The flags that were given, with their last values. */
  readonly given: ReadonlyMap<Option, string | undefined>;
  /** The words that are no flags and no commands. */
  readonly positionals: readonly string[];
  /** The flag whose value comes next, and whether it may be left out. */
  readonly awaits: { readonly option: Option; readonly optional: boolean } | undefined;
  /** After `--`, no word is a flag. */
  readonly isEnded: boolean;
}

/** Reads words as the command line does, but takes what is wrong as it is. */
export function readWords(program: Command, words: readonly string[]): ReadWords {
  return words.reduce(readWord, {
    command: program,
    given: new Map(),
    positionals: [],
    awaits: undefined,
    isEnded: false,
  });
}

function readWord(before: ReadWords, word: string): ReadWords {
  const { command, given, positionals, awaits, isEnded } = before;
  if (!isEnded && word === "--") return { ...before, awaits: undefined, isEnded: true };
  const isFlag = !isEnded && word.startsWith("-") && word !== "-";
  if (awaits !== undefined && !(awaits.optional && isFlag)) {
    const { option } = awaits;
    const more = option.variadic ? { option, optional: true } : undefined;
    return { ...before, given: new Map(given).set(option, word), awaits: more };
  }
  if (isFlag) return readFlag(before, word);
  const child = positionals.length > 0 || isEnded ? undefined : childOf(command, word);
  if (child !== undefined) return { ...before, command: child, awaits: undefined };
  return { ...before, positionals: [...positionals, word], awaits: undefined };
}

function readFlag(before: ReadWords, word: string): ReadWords {
  const [, name = word, value] = /^(--[^=]+)=([^]*)$/.exec(word) ?? [];
  const option = optionOf(before.command, name);
  if (option === undefined) return { ...before, awaits: undefined };
  const given = new Map(before.given).set(option, value);
  const takes = option.required || option.optional;
  const awaits = takes && value === undefined ? { option, optional: option.optional } : undefined;
  return { ...before, given, awaits };
}

/** The flag of this name. */
export function optionOf(command: Command, name: string): Option | undefined {
  return command.options.find(({ short, long }) => name === short || name === long);
}

function childOf(command: Command, word: string): Command | undefined {
  return command.commands.find((child) => child.name() === word);
}
