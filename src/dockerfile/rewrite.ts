import { formatCsvField } from "../csv.ts";
import type { Dockerfile, Flag, Instruction } from "./parse/dockerfile.ts";
import { splitFields } from "./check/mount.ts";
import { splitPlain } from "./parse/words.ts";

/** New names for what instructions take from outside; undefined keeps a name. */
export interface NewNames {
  /** For an image that FROM, `--from` or a mount's `from=` names, as written and expanded. */
  readonly image: (ref: string, line: number) => string | undefined;
  /** For a source of ADD, as written. */
  readonly source: (word: string, line: number) => string | undefined;
}

/** BuildKit rejects a longer line (frontend/dockerfile/parser: bufio.Scanner's 64 KiB). */
const longestLine = 65_000;

/**
 * A Dockerfile's text with other names for images and sources. Everything else stays the same: a
 * changed instruction is written on one line, and empty lines keep the line numbers of the others.
 * `froms` maps the line of each FROM to the expanded name; only those are renamed. An instruction
 * that would be too long for one line is not changed.
 */
export function renameSources(
  text: string,
  { instructions, directives: { escape } }: Dockerfile,
  froms: ReadonlyMap<number, string>,
  names: NewNames,
): string {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  for (const instruction of instructions) {
    const renamed = rename(instruction, froms.get(instruction.line), { ...names, escape });
    if (renamed !== undefined && Buffer.byteLength(renamed) <= longestLine) {
      replaceHead(lines, instruction, renamed);
    }
  }
  return lines.join("");
}

/** A heredoc's body must follow its head directly, so the empty lines come first. */
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

interface Renaming extends NewNames {
  readonly escape: string;
}

/** The instruction with its new names on one line; undefined if nothing is renamed. */
function rename(
  instruction: Instruction,
  from: string | undefined,
  names: Renaming,
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
  names: Renaming,
): string | undefined {
  const renamed = from === undefined ? undefined : names.image(from, line);
  if (renamed === undefined) return undefined;
  const [, ...as] = splitPlain(rest);
  return [keywordIn(text), ...flags.map((flag) => formatFlag(flag, names)), renamed, ...as].join(
    " ",
  );
}

function renameTaken(instruction: Instruction, names: Renaming): string | undefined {
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
  // `--` ends the flags if what follows looks like one.
  const end = rest.startsWith("--") ? ["--"] : [];
  return [keywordIn(text), ...flags.map((flag) => formatFlag(flag, names)), ...end, rest].join(" ");
}

/** `type=bind,from=IMAGE,…`, one CSV record. */
function renameMount(value: string, line: number, names: Renaming): string {
  const fields = splitFields("--mount", value);
  const renamed = fields.map(([key, written]) =>
    key === "from" && written !== undefined ? names.image(written, line) : undefined,
  );
  if (renamed.every((ref) => ref === undefined)) return value;
  return fields
    .map(([key, written], at) => {
      const now = renamed[at] ?? written;
      return formatCsvField(now === undefined ? key : `${key}=${now}`);
    })
    .join(",");
}

function renameWords({ json, rest, line }: Instruction, names: Renaming): string {
  const renamed = (word: string): string => names.source(word, line) ?? word;
  if (json !== undefined) {
    const words = json.map(renamed);
    return words.every((word, at) => word === json[at]) ? rest : JSON.stringify(words);
  }
  return rest.replace(/[^\t\v\f\r ]+/g, renamed);
}

/** A flag in a form that is read back correctly: byte by byte, and without quotes and escapes. */
function formatFlag({ name, value }: Flag, { escape }: Renaming): string {
  const bytes = value === undefined ? name : `${name}=${value}`;
  const written = Buffer.from(bytes, "latin1").toString("utf8");
  if (!/[\s"']/.test(bytes) && !bytes.includes(escape)) return `--${written}`;
  const escaped = Array.from(written, (c) => (c === '"' || c === escape ? `${escape}${c}` : c));
  return `--"${escaped.join("")}"`;
}

/** As written: BuildKit's linter checks its case. */
function keywordIn(text: string): string {
  return /^\S+/.exec(text)?.[0] ?? "";
}
