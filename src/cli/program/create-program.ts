import { Command, CommanderError } from "commander";
import { version } from "../../version.ts";
import type { Io } from "../io.ts";
import { addCacheCommands } from "./cache-commands.ts";
import { addDoctorCommands } from "./doctor-commands.ts";
import { addEngineCommands } from "./engine-commands.ts";
import { addMainCommands } from "./main-commands.ts";
import { command, type Done, example } from "./options.ts";
import { addRegistryCommands } from "./registry-commands.ts";

/**
 * Reads the arguments and runs the command that they name. Gives the exit code. Each command is
 * a chunk of its own, loaded when it is asked for, so that `--help` costs no more than commander.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const done: Done = (code) => {
    exitCode = code;
  };
  const program = createProgram(io, done);
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

/** The whole command line, also for what writes completions from it. */
export function createProgram(io: Io, done: Done): Command {
  const program = new Command("layerkeep")
    .description("Keeps a repository's container builds warm and ships them.")
    .version(version, "-V, --version")
    .helpCommand(false)
    .showHelpAfterError("(layerkeep --help tells more)")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  program.addHelpText("after", "\nExamples:\n  layerkeep init\n  layerkeep plan\n  layerkeep up\n");

  addMainCommands(program, io, done);
  addCacheCommands(program, io, done);
  addEngineCommands(program, io, done);
  addRegistryCommands(program, io, done);
  addDoctorCommands(program, io, done);
  command(program, "completion", "print a completion script for a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", example("layerkeep completion bash > /etc/bash_completion.d/layerkeep"))
    .action(async (shell: string) => {
      const { renderCompletion } = await import("../completion.ts");
      io.out(renderCompletion(shell, program));
    });
  return program;
}
