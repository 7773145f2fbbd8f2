import { defineCommand } from "../program/define-command.ts";
import { argument } from "../program/flags.ts";

export const completion = defineCommand({
  name: "completion",
  summary: "print a completion script for a shell",
  arguments: [argument("<shell>", "bash, zsh or fish")],
  example: "layerkeep completion bash > /etc/bash_completion.d/layerkeep",
  run: async ({ args: [shell], io, program }) => {
    const { renderCompletion } = await import("../completion.ts");
    io.out(renderCompletion(shell, program));
    return 0;
  },
});
