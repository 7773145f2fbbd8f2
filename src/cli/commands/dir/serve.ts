import { parseSize } from "../../../config/size.ts";
import { defineCommand } from "../../program/define-command.ts";
import { configured, quietable } from "../../program/flag-groups.ts";
import { parsePort } from "../../program/flag-values.ts";
import { argument, byDefault, flag, parsed, repeated } from "../../program/flags.ts";

const usualSize = 5e9;

export const dirServe = defineCommand({
  name: "serve",
  summary:
    "serve a directory cache to ccache, sccache, Bazel, Gradle or @actions/cache on this machine",
  arguments: [
    argument("<key>", "the key, as for `layerkeep dir save`"),
    argument(
      "[command...]",
      "run this command with the variables that its clients read, and exit when it ends",
    ),
  ],
  flags: [
    repeated("--or <prefix>", "without a cache of the key, begin with the newest with this prefix"),
    parsed(
      "--max-size <size>",
      "how large the cache may get; the least recently used objects are deleted (default: 5GB)",
      parseSize,
    ),
    byDefault(0, parsed("--port <number>", "port to listen on; 0 picks a free port", parsePort)),
    flag("--write", "allow saving in a CI system that Layerkeep does not recognize"),
    ...configured,
    ...quietable,
  ],
  help: `
Objects are fetched when they are asked for. If some were added, the cache is saved when the
command ends, or on Ctrl-C or SIGTERM. A run that is not trusted to write caches can only read.
`,
  example: "layerkeep dir serve 'ccache-{os}-{arch}' -- make -j8",
  run: async ({ args: [key, command], options, io }) => {
    const { serveDir } = await import("../../dir/serve/serve-dir.ts");
    const { or: prefixes, maxSize: mostBytes = usualSize, port } = options;
    return serveDir({ key, prefixes, command, mostBytes, port }, options, io);
  },
});
