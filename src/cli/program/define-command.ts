import type { Command, Option } from "commander";
import type { Io } from "../io.ts";
import { global, type GlobalOptions } from "./flag-groups.ts";
import type { Argument, ArgumentsOf, Flag, OptionsOf } from "./flags.ts";

/** A command: all that its help shows, and what it does. */
export interface CommandDefinition<
  Arguments extends readonly Argument[],
  Flags extends readonly Flag[],
> {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: Arguments;
  /** Besides those that every command takes. */
  readonly flags?: Flags;
  /** More than fits the flags' lines; printed below them. */
  readonly help?: string;
  readonly example: string;
  /**
   * Gives the exit code. Everything that it needs is imported when it runs, so that `--help` and
   * other commands need not load it.
   */
  readonly run: (given: Given<Arguments, Flags>) => Promise<number>;
}

/** What the command line gave a command. */
interface Given<Arguments extends readonly Argument[], Flags extends readonly Flag[]> {
  readonly args: ArgumentsOf<Arguments>;
  readonly options: GlobalOptions & OptionsOf<Flags>;
  readonly io: Io;
  /** The whole command line, for completions. */
  readonly program: Command;
}

/** The process's side of a command line. */
export interface Edge {
  readonly io: Io;
  /** Called with the exit code of the command that ran. */
  readonly done: (exitCode: number) => void;
}

/** A command, or a group of them, that can be added to a program. */
export interface Addable {
  addTo(parent: Command, program: Command, edge: Edge): void;
}

/** A command, with the types of its options and arguments read from its flags and arguments. */
export function defineCommand<
  const Arguments extends readonly Argument[] = readonly [],
  const Flags extends readonly Flag[] = readonly [],
>(definition: CommandDefinition<Arguments, Flags>): Addable {
  const { name, summary, flags = [], help = "", example, run } = definition;
  return {
    addTo(parent, program, { io, done }) {
      const command = create(parent, name, summary, flags);
      for (const { text, summary } of definition.arguments ?? []) command.argument(text, summary);
      command.addHelpText("after", `${help}\nExample:\n  ${example}`);
      command.action(async () => {
        done(
          await run({
            // commander has checked them against the arguments that the type is made of.
            args: command.processedArgs as unknown as ArgumentsOf<Arguments>,
            options: command.optsWithGlobals(),
            io,
            program,
          }),
        );
      });
    },
  };
}

/** Commands under a common name: `layerkeep cache …`. */
export function defineGroup({
  name,
  summary,
  commands,
}: {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Addable[];
}): Addable {
  return {
    addTo(parent, program, edge) {
      const group = create(parent, name, summary, []);
      for (const command of commands) command.addTo(group, program, edge);
    },
  };
}

/** The flag that every command has, and its text. */
export const helpFlag = ["-h, --help", "print this help"] as const;

function create(parent: Command, name: string, summary: string, flags: readonly Flag[]): Command {
  const command = parent
    .command(name)
    .description(summary)
    .helpOption(...helpFlag);
  for (const { option } of [...global, ...flags]) command.addOption(option);
  return command;
}

/** What a flag is for, its choices and its default, as the help shows them. */
export function describeOption({ description, argChoices, defaultValue }: Option): string {
  const isPlain = typeof defaultValue === "string" || typeof defaultValue === "number";
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(isPlain ? [`default: ${defaultValue}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}
