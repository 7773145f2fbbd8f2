import type { Dockerfile, Instruction } from "./dockerfile.ts";
import { splitPlain } from "./words.ts";

/** Other names for what instructions take from outside; undefined leaves a name as it is. */
export interface NewNames {
  /** Of an image that FROM, `--from` or a mount's `from=` names, as it is written, expanded. */
  readonly image: (ref: string, line: number) => string | undefined;
  /** Of a source of ADD, as it is written. */
  readonly source: (word: string, line: number) => string | undefined;
}

/**
 * A Dockerfile's text in which images and sources have other names. All else stays as it is: an
 * instruction that changes is written on one line, and empty lines keep the line numbers of the
 * others. `froms` has what each FROM names, expanded, by its line: only those are renamed.
 */
export function renameSources(
  text: string,
  { instructions }: Dockerfile,
  froms: ReadonlyMap<number, string>,
  names: NewNames,
): string {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  for (const instruction of instructions) {
    const renamed = rename(instruction, froms.get(instruction.line), names);
    if (renamed !== undefined) replaceHead(lines, instruction, renamed);
  }
  return lines.join("");
}

/** A heredoc's body follows the head at once, so that the empty lines come before it. */
function replaceHead(lines: string[], instruction: Instruction, head: string): void {
  const { line, endLine, heredocs, trigger } = instruction;
  const bodies = [...heredocs, ...(trigger?.heredocs ?? [])];
  const inBodies = bodies.reduce((sum, { content }) => sum + countLines(content) + 1, 0);
  const count = endLine - inBodies - line + 1;
  const padding = new Array<string>(count - 1).fill("\n");
  const written = `${head}\n`;
  lines.splice(line - 1, count, ...(inBodies > 0 ? [...padding, written] : [written, ...padding]));
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

/** The instruction with its new names on one line; undefined if it has none. */
function rename(
  instruction: Instruction,
  from: string | undefined,
  names: NewNames,
): string | undefined {
  const { trigger, text } = instruction;
  if (trigger !== undefined) {
    const renamed = rename({ ...trigger, line: instruction.line }, undefined, names);
    return renamed === undefined ? undefined : `${keywordIn(text)} ${renamed}`;
  }
  return instruction.keyword === "FROM"
    ? renameFrom(instruction, from, names)
    : renameTaken(instruction, names);
}

function renameFrom(
  { text, flags, rest, line }: Instruction,
  from: string | undefined,
  names: NewNames,
): string | undefined {
  const renamed = from === undefined ? undefined : names.image(from, line);
  if (renamed === undefined) return undefined;
  const [, ...as] = splitPlain(rest);
  return [keywordIn(text), ...flags.map(formatFlag), renamed, ...as].join(" ");
}

function renameTaken(instruction: Instruction, names: NewNames): string | undefined {
  const { text, keyword, line } = instruction;
  const flags = instruction.flags.map((flag) => {
    const { name, value = "" } = flag;
    if (name === "from" && keyword === "COPY") {
      const renamed = names.image(value, line);
      return renamed === undefined ? flag : { name, value: renamed };
    }
    return name === "mount" && keyword === "RUN"
      ? { name, value: renameMount(value, line, names) }
      : flag;
  });
  const rest = keyword === "ADD" ? renameWords(instruction, names) : instruction.rest;
  const isChanged =
    rest !== instruction.rest ||
    flags.some(({ value }, at) => value !== instruction.flags[at]?.value);
  if (!isChanged) return undefined;
  return [keywordIn(text), ...flags.map(formatFlag), rest].join(" ");
}

/** `type=bind,from=IMAGE,…`; a field that holds a comma is none that names an image. */
function renameMount(value: string, line: number, names: NewNames): string {
  return value
    .split(",")
    .map((field) => {
      const [, key, ref] = /^(from)=(.*)$/i.exec(field.trim()) ?? [];
      const renamed = ref === undefined ? undefined : names.image(ref, line);
      return key === undefined || renamed === undefined ? field : `${key}=${renamed}`;
    })
    .join(",");
}

function renameWords({ json, rest, line }: Instruction, names: NewNames): string {
  const renamed = (word: string): string => names.source(word, line) ?? word;
  if (json !== undefined) {
    const words = json.map(renamed);
    return words.every((word, at) => word === json[at]) ? rest : JSON.stringify(words);
  }
  return rest.replace(/[^\t\v\f\r ]+/g, renamed);
}

/** A flag as it is read again: BuildKit takes quotes and backslashes off. */
function formatFlag({
  name,
  value,
}: {
  readonly name: string;
  readonly value: string | undefined;
}) {
  const written = value === undefined ? `--${name}` : `--${name}=${value}`;
  return /[\s"'\\]/.test(written) ? `--"${written.slice(2).replace(/["\\]/g, "\\$&")}"` : written;
}

/** As it is written: BuildKit's lint looks at its case. */
function keywordIn(text: string): string {
  return /^\S+/.exec(text)?.[0] ?? "";
}
