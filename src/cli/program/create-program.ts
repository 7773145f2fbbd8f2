import { Command, CommanderError } from "commander";
import { version } from "../../version.ts";
import { allCommands } from "../commands/all-commands.ts";
import type { Io } from "../io.ts";
import { describeOption, type Edge, helpFlag } from "./define-command.ts";

/**
 * Reads the arguments and runs the command that they name. Gives the exit code. A command loads
 * what it needs when it runs, so that `--help` costs no more than commander.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = createProgram({ io, done });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

/** The whole command line. */
export function createProgram(edge: Edge): Command {
  const program = new Command("layerkeep")
    .description("Keeps a repository's container builds warm and ships them.")
    .version(version, "-V, --version", "print the version")
    .helpOption(...helpFlag)
    .helpCommand(false)
    .configureHelp({ optionDescription: describeOption })
    .showHelpAfterError("(see layerkeep --help)")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: edge.io.out, writeErr: edge.io.err });
  program.addHelpText("after", "\nExamples:\n  layerkeep init\n  layerkeep plan\n  layerkeep up");
  for (const command of allCommands) command.addTo(program, program, edge);
  return program;
}
