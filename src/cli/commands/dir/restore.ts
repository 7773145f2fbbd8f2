import { defineCommand } from "../../program/define-command.ts";
import { configured, quietable } from "../../program/flag-groups.ts";
import { argument, flag, repeated } from "../../program/flags.ts";

export const dirRestore = defineCommand({
  name: "restore",
  summary: "restore folders from the cache repository",
  arguments: [
    argument("[dir|key]", "a name of dirs: in the config, or a key, as for `layerkeep dir save`"),
    argument(
      "[dir|path...]",
      "more names; or, for a key, where to restore to, in the order of the saved paths (default: where they were saved from, if that is below this folder)",
    ),
  ],
  flags: [
    repeated("--or <prefix>", "without a cache of the key, use the newest with this prefix"),
    flag("--owners", "also restore owners, and setuid and setgid bits"),
    flag("--required", "exit with code 1 if there is no cache"),
    ...configured,
    ...quietable,
  ],
  help: `
Without any words, all of dirs: is restored.

A restored folder has exactly what was saved: other files in it are deleted. If something is
missing in the repository or cannot be written, the folder stays as it was.
`,
  example: "layerkeep dir restore 'npm-{os}-{hash:package-lock.json}' --or 'npm-{os}-' ~/.npm",
  run: async ({ args: [first, others], options, io }) => {
    const { restoreDir } = await import("../../dir/restore-dir.ts");
    const { or: prefixes, owners = false, required = false } = options;
    const words = [...(first === undefined ? [] : [first]), ...others];
    return restoreDir({ asked: { words }, prefixes, owners, required }, options, io);
  },
});
