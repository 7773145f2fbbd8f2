import { defineCommand } from "../program/define-command.ts";
import { argument } from "../program/flags.ts";

/** Not for people: the scripts of `layerkeep completion` call it. */
export const complete = defineCommand({
  name: "complete",
  summary: "print completions for a command line; used by completion scripts",
  arguments: [
    argument("<shell>", "the shell", { choices: ["bash", "zsh", "fish"] }),
    argument("[word...]", "the words after the program's name, up to the cursor"),
  ],
  hidden: true,
  example: "layerkeep complete bash -- cache l",
  run: async ({ args: [shell, words], io, program }) => {
    const { parseShell, printCompletions } = await import("../completion/complete.ts");
    await printCompletions(parseShell(shell), words, program, io);
    return 0;
  },
});
