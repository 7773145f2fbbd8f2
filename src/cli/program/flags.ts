import { InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../errors.ts";
import type { FileUse } from "./file-use.ts";

/**
 * A flag as it is written (`-o, --output <file>`), and the type of its value: the key of the value
 * and its type are read from here by the compiler, so that no command repeats them.
 */
export interface Flag<
  Text extends string = string,
  Value = unknown,
  Always extends boolean = boolean,
> {
  readonly text: Text;
  readonly option: Option;
  /** Only for the compiler; never set. `always`: the value is never undefined. */
  readonly type?: { readonly value: Value; readonly always: Always };
}

/** An argument of a command that is not a flag: `<leg>`, `[repository]` or `[leg...]`. */
export interface Argument<Text extends string = string> {
  readonly text: Text;
  readonly summary: string;
  /** Of an argument that names files. */
  readonly use?: FileUse;
  readonly choices?: readonly string[];
}

/** What a command is given for its flags: `--merge-base` is `mergeBase`. */
export type OptionsOf<Flags extends readonly Flag[]> = {
  readonly [One in Exclude<Flags[number], GivenFlag> as KeyOf<One["text"]>]?: ValueOf<One>;
} & {
  readonly [One in Extract<Flags[number], GivenFlag> as KeyOf<One["text"]>]: ValueOf<One>;
};

/** What a command is given for its other words. */
export type ArgumentsOf<Arguments extends readonly Argument[]> = {
  readonly [Index in keyof Arguments]: WordOf<Arguments[Index]["text"]>;
};

type GivenFlag = Flag<string, unknown, true>;
type ValueOf<One extends Flag> = NonNullable<One["type"]>["value"];
type WordOf<Text extends string> = Text extends `${string}...${string}`
  ? readonly string[]
  : Text extends `[${string}`
    ? string | undefined
    : string;

/** The key that commander gives a flag. */
type KeyOf<Text extends string> = Text extends `${string}--no-${infer Name}`
  ? CamelCase<FirstWord<Name>>
  : Text extends `${string}--${infer Name}`
    ? CamelCase<FirstWord<Name>>
    : never;
type FirstWord<Text extends string> = Text extends `${infer Word} ${string}` ? Word : Text;
type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

export function argument<const Text extends string>(
  text: Text,
  summary: string,
  more: Omit<Argument, "text" | "summary"> = {},
): Argument<Text> {
  return { ...more, text, summary };
}

/** A flag without a value. */
export function flag<const Text extends string>(
  text: Text,
  summary: string,
): Flag<Text, boolean, false> {
  return { text, option: new Option(text, summary) };
}

/** A flag without a value that is false, or with `--no-…` true, unless it is given. */
export function toggle<const Text extends string>(
  text: Text,
  summary: string,
): Flag<Text, boolean, true> {
  const option = new Option(text, summary);
  return { text, option: option.negate ? option : option.default(false) };
}

/** A flag whose value is used as it is. */
export function text<const Text extends string>(
  text: Text,
  summary: string,
): Flag<Text, string, false> {
  return { text, option: new Option(text, summary) };
}

/** A flag whose value is one of a few words. */
export function choice<const Text extends string, const Choice extends string>(
  text: Text,
  summary: string,
  choices: readonly Choice[],
): Flag<Text, Choice, false> {
  return { text, option: new Option(text, summary).choices(choices) };
}

/** A flag whose value is parsed; the parser's usage error is shown beside the flag. */
export function parsed<const Text extends string, Value>(
  text: Text,
  summary: string,
  parse: (text: string) => Value,
): Flag<Text, Value, false> {
  return { text, option: new Option(text, summary).argParser((value) => asUsage(parse, value)) };
}

/** A flag that can be repeated: all its values. */
export function repeated<const Text extends string>(
  text: Text,
  summary: string,
): Flag<Text, readonly string[], true> {
  return gathered(text, summary, [], (before: readonly string[], value) => [...before, value]);
}

/** A flag that can be repeated, whose values are combined. */
export function gathered<const Text extends string, Value>(
  text: Text,
  summary: string,
  none: Value,
  add: (before: Value, value: string) => Value,
): Flag<Text, Value, true> {
  const option = new Option(text, `${summary} (can be repeated)`).default(none);
  option.argParser((value, before: Value) => asUsage((given) => add(before, given), value));
  return { text, option };
}

/** A flag that can be given without values (`true`) or with values. */
export function optionalList<const Text extends string>(
  text: Text,
  summary: string,
): Flag<Text, true | readonly string[], false> {
  return { text, option: new Option(text, summary) };
}

/** A flag that can be given without a value (`true`) or with one. */
export function optionalText<const Text extends string>(
  text: Text,
  summary: string,
): Flag<Text, true | string, false> {
  return { text, option: new Option(text, summary) };
}

/** The same flag, with a value for when it is not given. */
export function byDefault<const Text extends string, Value>(
  value: Value,
  { text, option }: Flag<Text, Value, false>,
): Flag<Text, Value, true> {
  return { text, option: option.default(value) };
}

/** The same flag, without which the command is refused. */
export function required<const Text extends string, Value>({
  text,
  option,
}: Flag<Text, Value, false>): Flag<Text, Value, true> {
  return { text, option: option.makeOptionMandatory() };
}

/** The same flags, under a heading of their own in the help. */
export function titled<const Flags extends readonly Flag[]>(heading: string, flags: Flags): Flags {
  for (const { option } of flags) option.helpGroup(heading);
  return flags;
}

function asUsage<Value>(parse: (text: string) => Value, text: string): Value {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new InvalidArgumentError(error.message);
  }
}
