import type { Command, Option } from "commander";
import type { Io } from "../io.ts";
import { checkFiles } from "./check-files.ts";
import { chooseProgress, type ProgressOptions } from "../progress/choose-progress.ts";
import { withEvents } from "../progress/emit-event.ts";
import { global, type GlobalOptions, progressing } from "./flag-groups.ts";
import type { Argument, ArgumentsOf, Flag, OptionsOf } from "./flags.ts";
import { createArgument } from "./create-argument.ts";
import { addExample, configHeading, generalHeading, helpOption, unwrap } from "./help.ts";
import { addHelpCommand } from "./help-command.ts";

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
  /** More than the summary; printed above the flags. */
  readonly help?: string;
  readonly example: string;
  /** Commands below it: `layerkeep doctor registry`. */
  readonly commands?: readonly Addable[];
  /** Works, but is not part of the help. */
  readonly hidden?: boolean;
  /**
   * Gives the exit code. Everything that it needs is imported when it runs, so that `--help` and
   * other commands need not load it. The files and folders that were named have been checked.
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
  /** Called with the edge that the command uses. */
  readonly begin?: ((io: Io) => void) | undefined;
  /** Called with the exit code of the command that ran. */
  readonly done: (exitCode: number) => void;
}

/** A command, or a group of them, that can be added to a program. */
export interface Addable {
  addTo(parent: Command, program: Command, edge: Edge): Command;
}

/** A command, with the types of its options and arguments read from its flags and arguments. */
export function defineCommand<
  const Arguments extends readonly Argument[] = readonly [],
  const Flags extends readonly Flag[] = readonly [],
>(definition: CommandDefinition<Arguments, Flags>): Addable {
  const { name, summary, flags = [], help = "", example, hidden = false, run } = definition;
  const { commands = [] } = definition;
  return {
    addTo(parent, program, edge) {
      const { io, begin, done } = edge;
      const command = create(parent, name, summary, hidden);
      for (const option of inOrder([...flags, ...global])) command.addOption(option);
      for (const given of definition.arguments ?? []) command.addArgument(createArgument(given));
      if (help !== "") command.description(`${summary}\n\n${unwrap(help)}`);
      addExample(command, example);
      command.action(async () => {
        const options = command.opts<Given<Arguments, Flags>["options"]>();
        const own = edgeOf(io, options, flags);
        begin?.(own);
        await checkFiles(command, io.cwd);
        done(
          await run({
            // commander has checked them against the arguments that the type is made of.
            args: command.processedArgs as unknown as ArgumentsOf<Arguments>,
            options,
            io: own,
            program,
          }),
        );
      });
      if (commands.length === 0) return command;
      // Flags behind the name of a command below belong to that command.
      program.enablePositionalOptions();
      command.enablePositionalOptions();
      for (const below of commands) below.addTo(command, program, edge);
      addHelpCommand(command);
      return command;
    },
  };
}

/**
 * The edge of one command: its clock, and how it shows progress. Of the environment only what its
 * flags include counts.
 */
function edgeOf(io: Io, options: ProgressOptions, flags: readonly Flag[]): Io {
  const takesProgress = progressing.some((flag) => flags.includes(flag));
  const env = takesProgress ? io.env : {};
  const progress = chooseProgress(options, env, io.terminal !== undefined);
  const began = io.now().getTime();
  const elapsed = (): number => (io.now().getTime() - began) / 1000;
  const own = { ...io, progress, elapsed };
  return progress === "rawjson" ? withEvents(own) : own;
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
      const group = create(parent, name, summary, false);
      for (const command of commands) command.addTo(group, program, edge);
      addHelpCommand(group);
      return group;
    },
  };
}

/** Commands under a common heading in the help of the program. */
export function defineSection(heading: string, commands: readonly Addable[]): Addable {
  return {
    addTo(parent, program, edge) {
      for (const command of commands) command.addTo(parent, program, edge).helpGroup(heading);
      return parent;
    },
  };
}

/** A command's own flags come first, then those that it shares with others, and then the general. */
function inOrder(flags: readonly Flag[]): readonly Option[] {
  const last: readonly (string | undefined)[] = [configHeading, generalHeading];
  const rank = ({ helpGroupHeading: heading }: Option): number =>
    heading === undefined ? -1 : last.indexOf(heading) + 1;
  return flags.map(({ option }) => option).sort((a, b) => rank(a) - rank(b));
}

function create(parent: Command, name: string, summary: string, hidden: boolean): Command {
  return parent
    .command(name, { hidden })
    .summary(summary)
    .description(summary)
    .addHelpOption(helpOption());
}
