import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { helpOption } from "./help.ts";

/** Adds `help [command...]`, which prints what `--help` prints for a command below `parent`. */
export function addHelpCommand(parent: Command): Command {
  return parent
    .command("help", { hidden: parent.parent !== null })
    .summary("print the help of a command")
    .description("print the help of a command")
    .argument("[command...]", "the command, such as cache copy")
    .addHelpOption(helpOption())
    .action((words: readonly string[]) => {
      commandNamed(parent, words).outputHelp();
    });
}

/** The command that these words name below another one. Throws a usage error if there is none. */
function commandNamed(parent: Command, words: readonly string[]): Command {
  const [word, ...rest] = words;
  if (word === undefined) return parent;
  const found = childNamed(parent, word);
  if (found !== undefined) return commandNamed(found, rest);
  const names = parent.commands.map((command) => command.name());
  throw new UsageError(`unknown command "${word}"`, {
    hint:
      names.length === 0
        ? `\`${pathOf(parent).join(" ")}\` has no subcommands: remove "${word}"`
        : suggest(word, names),
  });
}

/** The command of this name below another one. */
export function childNamed(parent: Command, word: string): Command | undefined {
  return parent.commands.find((command) => command.name() === word);
}

/** The words that name a command, `layerkeep` first. */
export function pathOf(command: Command): readonly string[] {
  return [...(command.parent === null ? [] : pathOf(command.parent)), command.name()];
}
