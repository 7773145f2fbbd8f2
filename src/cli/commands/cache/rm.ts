import { defineCommand } from "../../program/define-command.ts";
import { deleting, repository } from "../../program/flag-groups.ts";
import { argument } from "../../program/flags.ts";

export const cacheRm = defineCommand({
  name: "rm",
  summary: "delete tags from the cache repository, or all tags of legs",
  arguments: [argument("<leg|tag...>", "legs, variants, tags or globs")],
  flags: [...repository, ...deleting],
  example: "layerkeep cache rm old/linux/amd64 --yes",
  run: async ({ args: [names], options, io }) => {
    const { removeNamed } = await import("../../caches/repository/remove-named.ts");
    return removeNamed(names, options, io);
  },
});
