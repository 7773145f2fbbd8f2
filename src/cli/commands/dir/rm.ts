import { defineCommand } from "../../program/define-command.ts";
import { configured, deleting } from "../../program/flag-groups.ts";
import { argument } from "../../program/flags.ts";

export const dirRm = defineCommand({
  name: "rm",
  summary: "delete directory caches",
  arguments: [argument("<key...>", "keys, or globs of them")],
  flags: [...configured, ...deleting],
  example: "layerkeep dir rm 'npm-linux-*' --yes",
  run: async ({ args: [keys], options, io }) => {
    const { removeDirs } = await import("../../dir/deletion/remove-dirs.ts");
    return removeDirs(keys, options, io);
  },
});
