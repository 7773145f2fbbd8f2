import type { Command, CommanderError } from "commander";
import { UsageError } from "../../errors.ts";
import { childNamed, pathOf } from "./help-command.ts";

/** What commander found wrong with a command line, as a usage error with a hint. */
export function usageErrorOf(
  { message }: CommanderError,
  program: Command,
  argv: readonly string[],
): UsageError {
  const [, text = message, , meant] =
    /^(?:error: )?([^]*?)(\n\(Did you mean (.*)\?\))?$/.exec(message) ?? [];
  const command = pathOf(commandOf(program, argv)).join(" ");
  return new UsageError(text.replace(/^command-argument value/, "value"), {
    hint: meant === undefined ? `see \`${command} --help\`` : `did you mean ${meant}?`,
  });
}

/** The command that the first words of a command line name, as far as they do. */
function commandOf(parent: Command, [word, ...rest]: readonly string[]): Command {
  const found = word === undefined ? undefined : childNamed(parent, word);
  return found === undefined ? parent : commandOf(found, rest);
}
