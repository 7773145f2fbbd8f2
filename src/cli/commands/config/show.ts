import { defineCommand } from "../../program/define-command.ts";
import { configured } from "../../program/flag-groups.ts";
import { argument, flag } from "../../program/flags.ts";

export const configShow = defineCommand({
  name: "show",
  summary: "print the config with defaults, matrices and imports applied",
  arguments: [argument("[variant...]", "print only these variants (default: the whole config)")],
  flags: [flag("--origins", "print where each value comes from"), ...configured],
  help: `
The output is meant for reading, not as a config file: ci, jobs and credentials are omitted, and
values that look like secrets are masked.
`,
  example: "layerkeep config show server --origins",
  run: async ({ args: [variants], options, io }) => {
    const { showConfig } = await import("../../show/show-config.ts");
    return showConfig(variants, options, io);
  },
});
