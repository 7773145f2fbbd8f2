import { UsageError } from "../../../errors.ts";
import { defineCommand } from "../../program/define-command.ts";
import { quietable, rooted } from "../../program/flag-groups.ts";
import { flag, text } from "../../program/flags.ts";

export const registryCheck = defineCommand({
  name: "check",
  summary: "find damaged or missing data in a stopped registry",
  flags: [
    ...rooted,
    ...quietable,
    flag("--repair", "repair what can be repaired; without this flag, nothing is changed"),
    text("--from <host>", "with --repair: fetch lost data from this registry"),
  ],
  help: `
Reads all data once and checks its digests. The exit code is 1 if data is damaged or missing, or,
with --repair, if data is lost.

A repair corrects single-bit errors and saves the readable part of a damaged journal. It removes lost
blobs and manifests from their repositories, so that they can be pushed again. It keeps the data
that it replaces in the folder set-aside.

--from accepts a host, optionally with a path prefix, and fetches lost data from the
repositories with the same names there.
`,
  example: "layerkeep registry check --repair --from ghcr.io --root ./registry",
  run: async ({ options, io }) => {
    const { root, repair = false, from } = options;
    if (from !== undefined && !repair) {
      throw new UsageError("--from needs --repair", { hint: "add --repair" });
    }
    const { checkRegistry } = await import("../../registry/check-registry.ts");
    return checkRegistry({ root, repair, from }, options, io);
  },
});
