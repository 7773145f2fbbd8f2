import { defineCommand } from "../../program/define-command.ts";
import { configured, deleting } from "../../program/flag-groups.ts";

export const previewPrune = defineCommand({
  name: "prune",
  summary: "show expired previews, or delete them with --yes",
  flags: [...deleting, ...configured],
  example: "layerkeep preview prune --yes",
  run: async ({ options, io }) => {
    const { prunePreviews } = await import("../../caches/previews/prune-previews.ts");
    return prunePreviews(options, io);
  },
});
