import { defineCommand } from "../../program/define-command.ts";
import { configured } from "../../program/flag-groups.ts";
import { argument, flag } from "../../program/flags.ts";

export const dirVerify = defineCommand({
  name: "verify",
  summary: "check that directory caches are complete",
  arguments: [argument("<key...>", "keys")],
  flags: [flag("--deep", "read everything, and check its digests"), ...configured],
  example: "layerkeep dir verify npm-linux-3f2a --deep",
  run: async ({ args: [keys], options, io }) => {
    const { verifyDirs } = await import("../../dir/verify-dirs.ts");
    return verifyDirs(keys, { deep: options.deep === true }, options, io);
  },
});
