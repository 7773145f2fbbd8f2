import { defineCommand } from "../../program/define-command.ts";
import { configured, quietable } from "../../program/flag-groups.ts";
import { argument } from "../../program/flags.ts";

export const dirDiff = defineCommand({
  name: "diff",
  summary: "show which files differ between two directory caches, or a cache and folders",
  arguments: [
    argument("<key>", "the key of a cache, as for `layerkeep dir save`"),
    argument(
      "<other...>",
      "the key to compare it with, or paths, in the order of the saved paths; write ./NAME for a folder with the name of a key",
    ),
  ],
  flags: [...configured, ...quietable],
  help: `
Compares content, permissions, and the targets of links. Times and owners do not count. The exit
code is 1 if there is a difference.
`,
  example: "layerkeep dir diff 'npm-{os}-{hash:package-lock.json}' ~/.npm",
  run: async ({ args: [key, others], options, io }) => {
    const { diffDirs } = await import("../../dir/diff-dirs.ts");
    return diffDirs(key, others, options, io);
  },
});
