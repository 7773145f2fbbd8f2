import { defineCommand } from "../../program/define-command.ts";
import { overwriting, reading } from "../../program/flag-groups.ts";
import { argument, required, text } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

export const cacheMerge = defineCommand({
  name: "merge",
  summary: "merge multiple caches into one",
  arguments: [argument("<cache...>", "caches, in the syntax of `layerkeep cache inspect`")],
  flags: [
    ...reading,
    required(
      text(
        "-o, --output <target>",
        "where to write the cache, in the syntax of `layerkeep cache copy`",
      ),
    ),
    ...overwriting,
  ],
  example: "layerkeep cache merge server/linux/amd64 server/linux/arm64 -o ghcr.io/acme/cache:both",
  run: async ({ args: [names], options, io }) => {
    const [{ writeMade }, { mergeCaches }, { renderCopy }] = await Promise.all([
      import("../../caches/write-made.ts"),
      import("../../../cache/graph/merge.ts"),
      import("../../../report/caches/cache-report.ts"),
    ]);
    const merged = await writeMade({ from: names, to: options.output }, mergeCaches, options, io);
    show(io, options, merged, renderCopy);
    return 0;
  },
});
