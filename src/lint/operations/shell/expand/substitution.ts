import type { Command, ParsedScript, PipelineNode, Word } from "unbash";
import { joinTexts, known, knownText, type Text } from "../../../expressions/value.ts";
import { constancyOf, unknownText } from "./parameter.ts";

/** What words of a substitution are: without splitting. */
type TextOfWord = (word: Word) => Text;

/** Programs that give the same for the same arguments and commit. */
const steady = new Set(
  [
    "echo",
    "printf",
    "tr",
    "sed",
    "awk",
    "cut",
    "head",
    "tail",
    "basename",
    "dirname",
    "git",
    "jq",
  ].concat(["grep", "xargs", "sort"]),
);

/**
 * What `$(…)` prints: known for `echo` and `printf` of known words, and for a change of case.
 * Otherwise unknown, and named by its source.
 */
export function expandSubstitution(
  source: string,
  script: ParsedScript | undefined,
  textOfWord: TextOfWord,
): Text {
  const commands = commandsOf(script);
  const printed = commands === undefined ? undefined : printedBy(commands, textOfWord);
  if (printed !== undefined) return { ...printed, text: printed.text.replace(/\n+$/, "") };
  const words = (commands ?? []).flatMap(wordsOf);
  const isSteady =
    commands?.every(({ name }) => name !== undefined && steady.has(name.value)) === true;
  return unknownText(source, isSteady ? constancyOf(words.map(textOfWord)) : "job");
}

/** The commands of one pipeline; undefined for anything else. */
function commandsOf(script: ParsedScript | undefined): readonly Command[] | undefined {
  const [statement, ...others] = script?.commands ?? [];
  if (statement === undefined || others.length > 0) return undefined;
  const node: PipelineNode | { readonly type: "AndOr" } = statement.command;
  if (node.type === "Command") return [node];
  if (node.type !== "Pipeline") return undefined;
  const commands = node.commands.filter((command) => command.type === "Command");
  return commands.length === node.commands.length ? commands : undefined;
}

function wordsOf({ args, redirects }: Command): readonly Word[] {
  const targets = redirects.flatMap((redirect) =>
    redirect.type === "HereString" && redirect.target !== undefined ? [redirect.target] : [],
  );
  return [...args.filter((word) => word.type === "Word"), ...targets];
}

function printedBy(commands: readonly Command[], textOfWord: TextOfWord): Text | undefined {
  const [first, second, ...others] = commands;
  if (first === undefined || others.length > 0) return undefined;
  const printed = printedByOne(first, textOfWord);
  if (second === undefined || printed === undefined) return printed;
  const text = knownText(printed);
  const changed = text === undefined ? undefined : changedCase(text, second);
  return changed === undefined ? undefined : known(changed);
}

/** What a command certainly prints; undefined for any but `echo` and `printf`. */
export function printedByOne(command: Command, textOfWord: TextOfWord): Text | undefined {
  const words = wordsOf(command);
  switch (command.name?.value) {
    case "echo": {
      const shown = words[0]?.value === "-n" ? words.slice(1) : words;
      const texts = shown.map(textOfWord);
      return joinTexts(texts.flatMap((text, at) => (at === 0 ? [text] : [known(" "), text])));
    }
    case "printf": {
      const [format, ...values] = words;
      return format === undefined ? undefined : formatted(format, values, textOfWord);
    }
    default:
      return undefined;
  }
}

/** `printf` repeats its format until its arguments are used up; only `%s` is known here. */
function formatted(
  format: Word,
  values: readonly Word[],
  textOfWord: TextOfWord,
): Text | undefined {
  const pattern = textOfWord(format);
  const slots = pattern.text.match(/%[^%]/g) ?? [];
  if (slots.length !== 1 || slots[0] !== "%s" || /%%|\\(?!n$)/.test(pattern.text)) return undefined;
  const [before = "", after = ""] = pattern.text.split("%s");
  return joinTexts(
    values.map((word) => {
      const isGlob = word.parts?.some(({ type }) => type === "Glob") === true;
      const value = isGlob ? unknownText(word.text, "job") : textOfWord(word);
      return {
        text: `${before}${value.text}${after}`,
        unknown: [...pattern.unknown, ...value.unknown],
      };
    }),
  );
}

/** `tr '[:upper:]' '[:lower:]'`, `tr A-Z a-z`. */
function changedCase(text: string, { name, args }: Command): string | undefined {
  if (name?.value !== "tr" || args.length !== 2) return undefined;
  const [from, to] = args.map((arg) => (arg.type === "Word" ? arg.value : ""));
  if (/^(?:\[:upper:\]|A-Z)$/.test(from ?? "") && /^(?:\[:lower:\]|a-z)$/.test(to ?? "")) {
    return text.toLowerCase();
  }
  return undefined;
}
