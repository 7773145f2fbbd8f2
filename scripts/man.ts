/** Writes `man/layerkeep.1`, the manual page, from the commands. */
import { mkdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Command, Option } from "commander";
import { harmlessOutput, type Io } from "../src/cli/io.ts";
import { variablesRead } from "../src/cli/variables-read.ts";
import { createProgram } from "../src/cli/program/create-program.ts";
import { describeOption, exampleOf, generalHeading } from "../src/cli/program/help.ts";
import { pathOf } from "../src/cli/program/help-command.ts";

export const manFile = "man/layerkeep.1";

/** The manual page, in the man(7) macros. */
export function renderMan(): string {
  const program = createProgram({ io: nowhere, done: () => undefined });
  const [sample] = runnable(program);
  const general = (sample?.options ?? []).filter(isGeneral);
  return `${[
    '.\\" Written by scripts/man.ts.',
    '.TH LAYERKEEP 1 "" Layerkeep "User Commands"',
    ".SH NAME",
    `layerkeep \\- ${escape(lowered(program.description()))}`,
    ".SH SYNOPSIS",
    ".B layerkeep",
    ".I command",
    "[\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    ...paragraphs(description),
    ".SH OPTIONS",
    "Each command takes these.",
    ...[...program.options, ...general].flatMap(renderOption),
    ".SH COMMANDS",
    ...runnable(program).flatMap(renderCommand),
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(([code, text]) => [".TP", `.B ${code}`, escape(text)]),
    ".SH ENVIRONMENT",
    ...variablesRead.flatMap(({ variables }) => variables.flatMap(renderVariable)),
    ".SH FILES",
    ...files.flatMap(([name, text]) => [".TP", `.I ${escape(name)}`, escape(text)]),
  ].join("\n")}\n`;
}

/** Nothing is run, so that nothing is read or printed. */
const nowhere: Io = {
  ...harmlessOutput(
    () => undefined,
    () => undefined,
  ),
  env: {},
  cwd: "",
  stdin: async function* () {},
  terminal: undefined,
  pageColumns: () => undefined,
  progress: "plain",
  elapsed: () => 0,
  colour: false,
  now: () => new Date(0),
  signal: new AbortController().signal,
};

const description = `Layerkeep plans a repository's container builds, runs them on BuildKit with a cache in a registry, and publishes the images. The images are listed in layerkeep.yml.

Results are printed to standard output, and everything else to standard error.`;

const exitCodes = [
  ["0", "Done."],
  ["1", "It ran, with a negative result: a leg failed, or something was found."],
  ["2", "Something is wrong with the config, the flags or a file."],
  ["3", "A registry, the engine or the network failed, or did not respond."],
  ["70", "A bug in Layerkeep."],
  ["130", "Interrupted."],
] as const;

const files = [
  ["layerkeep.yml", "The config, in the current folder or a parent folder."],
  ["~/.cache/layerkeep", "The embedded registry, and what was built on this machine."],
] as const;

function renderVariable([names, text]: readonly [readonly string[], string]): readonly string[] {
  const shown = names.join(", ").replace("VAR_NAME", "VAR_\\fINAME\\fP");
  return [".TP", `.B ${shown}`, escape(text)];
}

/** The commands that do something, in the order of the help. */
function runnable(parent: Command): readonly Command[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .flatMap((command) => (command.commands.length > 0 ? runnable(command) : [command]));
}

function renderCommand(command: Command): readonly string[] {
  const own = command.options.filter((option) => !isGeneral(option));
  const words = command.registeredArguments.map((argument) =>
    command.createHelp().argumentTerm(argument),
  );
  const name = pathOf(command).join(" ");
  const example = exampleOf(command);
  return [
    `.SS "${escape([name, ...(own.length > 0 ? ["[options]"] : []), ...usageOf(command)].join(" "))}"`,
    ...paragraphs(sentence(command.description())),
    ...command.registeredArguments.flatMap((argument, index) => [
      ".TP",
      `.I ${escape(words[index] ?? "")}`,
      escape(argument.description),
    ]),
    ...own.flatMap(renderOption),
    ...(example === undefined ? [] : [".P", "Example:", ".P", ".nf", escape(example), ".fi"]),
  ];
}

function usageOf(command: Command): readonly string[] {
  return command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
}

function renderOption(option: Option): readonly string[] {
  return [".TP", `.B ${escape(option.flags)}`, escape(describeOption(option))];
}

/** Those that every command has. */
function isGeneral({ helpGroupHeading, long }: Option): boolean {
  return helpGroupHeading === generalHeading && (long === "--json" || long === "--no-color");
}

function paragraphs(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.flatMap((line, index) => [
    // The first one follows a heading.
    ...(index === 0 ? [] : [".P"]),
    ...(line.startsWith(" ") ? [".nf", escape(line.trimStart()), ".fi"] : [escape(line)]),
  ]);
}

/** The first line as a sentence. */
function sentence(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  return [`${first.charAt(0).toUpperCase()}${first.slice(1)}.`, ...rest].join("\n");
}

function lowered(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, "");
}

/** Text in which roff sees no command. */
function escape(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("\\efI", "\\fI")
    .replaceAll("\\efP", "\\fP")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replace(/^(?=[.'])/, "\\&");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync("man", { recursive: true });
  writeFileSync(manFile, renderMan());
}
