import { defineCommand } from "../../program/define-command.ts";
import { configured } from "../../program/flag-groups.ts";
import { argument, flag } from "../../program/flags.ts";

export const configShow = defineCommand({
  name: "show",
  summary: "print the config after defaults, matrices and imports",
  arguments: [argument("[variant...]", "variants to print alone (default: the whole config)")],
  flags: [flag("--origins", "print where each value comes from"), ...configured],
  help: `
The result is for reading: ci, jobs and credentials are left out, and values that look like secrets
are masked.
`,
  example: "layerkeep config show server --origins",
  run: async ({ args: [variants], options, io }) => {
    const { showConfig } = await import("../../show/show-config.ts");
    return showConfig(variants, options, io);
  },
});
