import { defineCommand } from "../../program/define-command.ts";
import { configured, quietable } from "../../program/flag-groups.ts";
import { argument, flag } from "../../program/flags.ts";

export const dirSave = defineCommand({
  name: "save",
  summary: "save folders in the cache repository, and send only what it does not have",
  arguments: [
    argument(
      "[dir|key]",
      "a name of dirs: in the config, or a key, which can have {os}, {arch}, {epoch}, {hash:GLOB,…}, {file:PATH:REGEX} and {env:NAME}",
    ),
    argument(
      "[dir|path...]",
      "more names, or the folders and files to save under the key (default: all of dirs:)",
    ),
  ],
  flags: [
    flag("--allow-empty", "save the cache even if the paths have no files"),
    flag("--write", "allow saving in a CI system that Layerkeep does not recognize"),
    ...configured,
    ...quietable,
  ],
  help: `
If all words are names of dirs:, these are saved, and without any words, all of them. Otherwise the
first word is a key.

A cache of the same key is replaced. If this run is not trusted to write caches, nothing is
saved, and the exit code is 0.
`,
  example: "layerkeep dir save 'npm-{os}-{hash:package-lock.json}' ~/.npm",
  run: async ({ args: [first, others], options, io }) => {
    const { saveDir } = await import("../../dir/save-dir.ts");
    const words = [...(first === undefined ? [] : [first]), ...others];
    return saveDir({ asked: { words }, allowEmpty: options.allowEmpty === true }, options, io);
  },
});
