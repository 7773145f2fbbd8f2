import { defineCommand } from "../program/define-command.ts";
import { argument } from "../program/flags.ts";

export const completion = defineCommand({
  name: "completion",
  summary: "print a completion script for a shell",
  arguments: [argument("<shell>", "the shell", { choices: ["bash", "zsh", "fish"] })],
  help: `
Completes commands, flags, legs, variants, branches, tags, cache references and files, also after
npx. Load it when a shell starts:
  bash: source <(layerkeep completion bash)     in ~/.bashrc
  zsh:  source <(layerkeep completion zsh)      in ~/.zshrc, after compinit
  fish: layerkeep completion fish | source      in ~/.config/fish/config.fish
`,
  example: "layerkeep completion bash > /etc/bash_completion.d/layerkeep",
  run: async ({ args: [shell], io }) => {
    const { completionScript } = await import("../completion/scripts.ts");
    const { parseShell } = await import("../completion/complete.ts");
    io.out(completionScript(parseShell(shell)));
    return 0;
  },
});
