import { defineCommand } from "../../program/define-command.ts";
import { overwriting, reading } from "../../program/flag-groups.ts";
import { argument } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

export const cacheCopy = defineCommand({
  name: "copy",
  summary: "copy a cache to another location, so that builds there start warm",
  arguments: [
    argument("<source>", "a cache, in the syntax of `layerkeep cache inspect`"),
    argument(
      "<target>",
      "type=registry,ref=…, type=local,dest=…, type=gha,scope=… or type=inline,ref=…",
    ),
  ],
  flags: [...reading, ...overwriting],
  example: "layerkeep cache copy server/linux/amd64 type=registry,ref=ghcr.io/acme/cache:main",
  run: async ({ args: [from, to], options, io }) => {
    const [{ writeMade }, { renderCopy }] = await Promise.all([
      import("../../caches/write-made.ts"),
      import("../../../report/caches/cache-report.ts"),
    ]);
    const copy = await writeMade({ from: [from], to }, ([cache]) => cache, options, io);
    show(io, options, copy, renderCopy);
    return 0;
  },
});
