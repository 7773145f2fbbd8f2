import { Command, CommanderError } from "commander";
import { version } from "../../version.ts";
import { allCommands } from "../commands/all-commands.ts";
import type { Io } from "../io.ts";
import type { Edge } from "./define-command.ts";
import { describeOption, helpOption } from "./help.ts";
import { addHelpCommand } from "./help-command.ts";
import { usageErrorOf } from "./usage-errors.ts";

/**
 * Reads the arguments and runs the command that they name; `begin` receives the edge that it uses.
 * Gives the exit code. A command loads what it needs when it runs, so that `--help` costs no more
 * than commander. Throws what the command throws, and a usage error for a command line that is not
 * right.
 */
export async function runProgram(
  argv: readonly string[],
  io: Io,
  begin?: Edge["begin"],
): Promise<number> {
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = createProgram({ io, begin, done });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    // A group without a command: its help was printed.
    if (error.code === "commander.help") return 2;
    throw usageErrorOf(error, program, argv);
  }
  return exitCode;
}

/** The whole command line. */
export function createProgram(edge: Edge): Command {
  const program = new Command("layerkeep")
    .description("Keeps a repository's container builds warm and ships them.")
    .version(
      version,
      "-V, --version",
      "print the version; with --json, also of Node and the system",
    )
    .addHelpOption(helpOption())
    .helpCommand(false)
    .configureHelp({
      optionDescription: describeOption,
      subcommandTerm: (command) => command.name(),
    })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: edge.io.out,
      writeErr: edge.io.err,
      // They are thrown, and printed as all others.
      outputError: () => undefined,
    });
  program.addHelpText("after", "\nExamples:\n  layerkeep init\n  layerkeep plan\n  layerkeep up");
  for (const command of allCommands) command.addTo(program, program, edge);
  addHelpCommand(program).helpGroup("Other commands:");
  return program;
}
