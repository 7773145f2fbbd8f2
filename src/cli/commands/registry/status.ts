import { defineCommand } from "../../program/define-command.ts";

export const registryStatus = defineCommand({
  name: "status",
  summary: "show whether the embedded registry is running, its address, and what uses it",
  help: `
Commands start the embedded registry when they need it, and share it. It stops after 15 minutes
without use; set LAYERKEEP_REGISTRY_IDLE to another duration, such as 2h, or 0 to stop it with
the last command.
`,
  example: "layerkeep registry status --json",
  run: async ({ options, io }) => {
    const { showStatus } = await import("../../registry/show-status.ts");
    await showStatus(options, io);
    return 0;
  },
});
