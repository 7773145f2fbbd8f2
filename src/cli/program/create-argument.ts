import { Argument as CommanderArgument } from "commander";
import { FileArgument } from "./file-use.ts";
import type { Argument } from "./flags.ts";

/** The argument as commander has it. */
export function createArgument({ text, summary, use, choices }: Argument): CommanderArgument {
  if (use !== undefined) return new FileArgument(text, summary, use);
  const made = new CommanderArgument(text, summary);
  return choices === undefined ? made : made.choices(choices);
}
