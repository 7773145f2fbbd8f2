import type { Argument, Command, Option } from "commander";
import { FileArgument, FileOption } from "../program/file-use.ts";
import { helpOption } from "../program/help.ts";
import { optionOf, type ReadWords, readWords } from "./read-words.ts";

/** A word that can be typed. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What fits at the cursor: words, or what the shell finds by itself, or what has to be looked up. */
export type Offer =
  | { readonly kind: "words"; readonly words: readonly Candidate[] }
  | { readonly kind: "files" }
  | { readonly kind: "folders" }
  | {
      readonly kind: "values";
      /** The placeholder of a flag or an argument, such as `leg`. */
      readonly of: string;
      /** Begins each value: `--affected=`. */
      readonly prefix: string;
      readonly read: ReadWords;
    };

/**
 * What fits at the cursor of a command line. `words` are those after the program's name; the last
 * one is being typed, and may be empty.
 */
export function offerFor(program: Command, words: readonly string[]): Offer {
  const typed = words.at(-1) ?? "";
  const read = readWords(program, words.slice(0, -1));
  const { command, awaits, isEnded } = read;
  if (awaits?.optional === false) return offerValue(awaits.option, "", read);
  const [, name, equals] = isEnded ? [] : (/^(--[^=]+)(=)/.exec(typed) ?? []);
  if (name !== undefined && equals !== undefined) {
    const option = optionOf(command, name);
    return option === undefined ? nothing : offerValue(option, `${name}=`, read);
  }
  if (!isEnded && typed.startsWith("-")) return { kind: "words", words: flagsOf(read) };
  if (awaits !== undefined) return offerValue(awaits.option, "", read);
  if (read.positionals.length === 0 && command.commands.length > 0) {
    return { kind: "words", words: commandsOf(command) };
  }
  return offerArgument(read);
}

const nothing: Offer = { kind: "words", words: [] };

function flagsOf({ command, given }: ReadWords): readonly Candidate[] {
  const open = command.options.filter(
    (option) => option.variadic || option.parseArg !== undefined || !given.has(option),
  );
  return [...open, helpOption()].flatMap(({ long, description }) =>
    typeof long === "string" ? [{ value: long, description }] : [],
  );
}

function commandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), description: child.summary() }));
}

function offerArgument(read: ReadWords): Offer {
  const { command, positionals } = read;
  if (command.name() === "help") return offerHelp(command.parent ?? command, positionals);
  const all = command.registeredArguments;
  const last = all.at(-1);
  const argument = all[positionals.length] ?? (last?.variadic === true ? last : undefined);
  if (argument === undefined) return nothing;
  if (argument instanceof FileArgument) return { kind: "files" };
  return offerOf(argument.argChoices, argument.name(), "", read);
}

function offerHelp(below: Command, words: readonly string[]): Offer {
  const { command } = readWords(below, words);
  return { kind: "words", words: commandsOf(command) };
}

function offerValue(option: Option, prefix: string, read: ReadWords): Offer {
  if (option instanceof FileOption) {
    const { as } = option.use;
    return as === "read" || as === "write" ? { kind: "files" } : { kind: "folders" };
  }
  const placeholder = /[<[]([^\]>.]+)/.exec(option.flags)?.[1] ?? "";
  return offerOf(option.argChoices, placeholder, prefix, read);
}

function offerOf(
  choices: Argument["argChoices"],
  of: string,
  prefix: string,
  read: ReadWords,
): Offer {
  if (choices === undefined) return { kind: "values", of, prefix, read };
  const words = choices.map((choice) => ({ value: `${prefix}${choice}`, description: "" }));
  return { kind: "words", words };
}
