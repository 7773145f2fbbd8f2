import { UsageError } from "../../../errors.ts";
import { defineCommand } from "../../program/define-command.ts";
import { rooted } from "../../program/flag-groups.ts";
import { flag, text } from "../../program/flags.ts";

export const registryCheck = defineCommand({
  name: "check",
  summary: "find damaged or missing data of a registry that is not running",
  flags: [
    ...rooted,
    flag("--repair", "repair what can be repaired; without this flag, nothing is changed"),
    text("--from <host>", "with --repair: fetch lost data from this registry"),
  ],
  help: `
Reads everything once and compares it with its digest. The exit code is 1 if something is damaged
or missing; after --repair, if something is lost. A repair corrects single wrong bits, saves what
can be read of a damaged journal, and removes lost blobs and manifests from their repositories, so
that they can be pushed again. Data that it replaces is kept in the folder set-aside. --from takes
a host, or a host and the beginning of a path, and looks there for repositories of the same names.
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
