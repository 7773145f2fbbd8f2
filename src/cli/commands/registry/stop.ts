import { defineCommand } from "../../program/define-command.ts";
import { flag } from "../../program/flags.ts";

export const registryStop = defineCommand({
  name: "stop",
  summary: "stop the embedded registry; its data is kept",
  flags: [flag("--force", "stop it even if a command or a client uses it")],
  example: "layerkeep registry stop",
  run: async ({ options, io }) => {
    const { stopRegistry } = await import("../../registry/stop-registry.ts");
    await stopRegistry(options, io);
    return 0;
  },
});
