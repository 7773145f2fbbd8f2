import type { Command, Redirection } from "unbash";
import { splitText, type Text } from "../../../expressions/value.ts";
import type { Expander } from "../expand/words.ts";
import { printedByOne } from "../expand/substitution.ts";
import type { Shell } from "../shell.ts";
import { builtins } from "./builtins.ts";
import type { KeptFile } from "./kept-file.ts";

/** Where what a command prints goes, if that is one of the files; `around` is where it goes otherwise. */
export function keptFileOf(
  redirects: readonly Redirection[],
  { textOf }: Expander,
  around: KeptFile | undefined,
): KeptFile | undefined {
  let file = around;
  for (const redirect of redirects) {
    if (redirect.type !== "Redirect" || !/^(?:&?>>?\|?|>&)$/.test(redirect.operator)) continue;
    const { descriptor, target } = redirect;
    const isOutput = descriptor === undefined || ("value" in descriptor && descriptor.value === 1);
    if (target !== undefined && isOutput) file = fileNamed(textOf(target));
  }
  return file;
}

/** No environment has these variables: they stay as the script writes them. */
function fileNamed({ text }: Text): KeptFile | undefined {
  const [, name] = /^\$\{\{ \$(GITHUB_OUTPUT|GITHUB_ENV) \}\}$/.exec(text) ?? [];
  return name === "GITHUB_OUTPUT" || name === "GITHUB_ENV" ? name : undefined;
}

/** Keeps what a command prints into a file. What cannot be told may set anything. */
export function keepPrinted(
  command: Command,
  file: KeptFile,
  { textOf }: Expander,
  shell: Shell,
): void {
  const name = command.name?.value ?? "";
  const isQuiet = Object.hasOwn(builtins, name);
  if (command.name === undefined || isQuiet) return;
  const printed = printedByOne(command, textOf);
  const lines = printed === undefined ? [] : splitText(printed, /\n|\\n$/);
  if (lines.length === 0) shell.kept.set(anything(file), undefined);
  for (const line of lines.filter(({ text }) => text !== "")) {
    const [, key, value] = /^([A-Za-z_][\w-]*)=([^]*)$/.exec(line.text) ?? [];
    if (key === undefined || value === undefined) shell.kept.set(anything(file), undefined);
    else {
      const isSure = shell.ended !== "maybe" && line.unknown.every(isOutsideOfShell);
      shell.kept.set(`${file} ${key}`, isSure ? { ...line, text: value } : undefined);
    }
  }
}

/** Of a variable or a command of the script, later steps would not know what it names. */
function isOutsideOfShell({ expression }: Text["unknown"][number]): boolean {
  return !expression.startsWith("$");
}

function anything(file: KeptFile): string {
  return `${file} `;
}

/** What a script certainly wrote to a file, by name. */
export function keptIn({ kept }: Shell, file: KeptFile): ReadonlyMap<string, Text> {
  if (kept.changes.has(anything(file))) return new Map();
  const start = anything(file);
  return new Map(
    [...kept.changes].flatMap(([key, value]) =>
      value !== undefined && key.startsWith(start) ? [[key.slice(start.length), value]] : [],
    ),
  );
}
