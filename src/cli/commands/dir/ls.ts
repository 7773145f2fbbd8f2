import { defineCommand } from "../../program/define-command.ts";
import { configured } from "../../program/flag-groups.ts";
import { argument } from "../../program/flags.ts";

export const dirLs = defineCommand({
  name: "ls",
  summary: "list the directory caches in the cache repository, newest first",
  arguments: [argument("[prefix]", "only caches whose keys begin with this")],
  flags: configured,
  example: "layerkeep dir ls npm-",
  run: async ({ args: [prefix], options, io }) => {
    const { listDirs } = await import("../../dir/list-dirs.ts");
    return listDirs(prefix, options, io);
  },
});
