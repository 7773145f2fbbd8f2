import { parseSize } from "../../../config/size.ts";
import { defineCommand } from "../../program/define-command.ts";
import { overwriting, reading } from "../../program/flag-groups.ts";
import { argument, parsed, repeated, required, text } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

export const cacheTrim = defineCommand({
  name: "trim",
  summary: "write a smaller copy of a cache, without the parts that builds do not use",
  arguments: [argument("<cache>", "a cache, in the syntax of `layerkeep cache inspect`")],
  flags: [
    ...reading,
    required(
      text(
        "-o, --output <target>",
        "where to write the copy, in the syntax of `layerkeep cache copy`; can be the same cache",
      ),
    ),
    parsed("--max-size <size>", "maximum total size of the cache's blobs, such as 2GB", parseSize),
    repeated(
      "--used-by <cache>",
      "keep only what is also in this cache, or in another --used-by cache",
    ),
    ...overwriting,
  ],
  example: "layerkeep cache trim ghcr.io/acme/cache:main --max-size 2GB -o ghcr.io/acme/cache:main",
  run: async ({ args: [name], options, io }) => {
    const [{ writeTrimmed }, { renderTrim }] = await Promise.all([
      import("../../caches/write-trimmed.ts"),
      import("../../../report/caches/cache-report.ts"),
    ]);
    const { output: to, usedBy, maxSize: blobs } = options;
    const trimmed = await writeTrimmed({ from: [name, ...usedBy], to }, { blobs }, options, io);
    if (trimmed !== undefined) show(io, options, trimmed, (it) => renderTrim(it, it.trimmed));
    return 0;
  },
});
