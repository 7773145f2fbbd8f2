import { defineCommand } from "../../program/define-command.ts";
import { configured, quietable } from "../../program/flag-groups.ts";
import { argument, flag, repeated } from "../../program/flags.ts";

export const dirRestore = defineCommand({
  name: "restore",
  summary: "restore folders from the cache repository",
  arguments: [
    argument("<key>", "the key, as for `layerkeep dir save`"),
    argument(
      "[path...]",
      "where to restore to, in the order of the saved paths (default: where they were saved from, if that is below this folder)",
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
A restored folder has exactly what was saved: other files in it are deleted. If something is
missing in the repository or cannot be written, the folder stays as it was.
`,
  example: "layerkeep dir restore 'npm-{os}-{hash:package-lock.json}' --or 'npm-{os}-' ~/.npm",
  run: async ({ args: [key, paths], options, io }) => {
    const { restoreDir } = await import("../../dir/restore-dir.ts");
    const { or: prefixes, owners = false, required = false } = options;
    return restoreDir({ key, prefixes, paths, owners, required }, options, io);
  },
});
