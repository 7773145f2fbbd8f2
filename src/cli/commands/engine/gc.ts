import { parseSize } from "../../../config/size.ts";
import { defineCommand } from "../../program/define-command.ts";
import { quietable } from "../../program/flag-groups.ts";
import { show } from "../../show/show-result.ts";
import { byDefault, choice, parsed, required } from "../../program/flags.ts";

export const engineGc = defineCommand({
  name: "gc",
  summary: "print settings that limit the disk usage of a builder cache",
  flags: [
    required(parsed("--disk <size>", "maximum size of the cache", parseSize)),
    parsed("--min-free <size>", "minimum free disk space", parseSize),
    byDefault(
      "buildkitd.toml",
      choice("--format <format>", "the config file to print: BuildKit's or Docker's", [
        "buildkitd.toml",
        "daemon.json",
      ]),
    ),
    ...quietable,
  ],
  example: "layerkeep engine gc --disk 100GB > buildkitd.toml",
  run: async ({ options, io }) => {
    const { renderBuildkitToml, renderDaemonJson } = await import(
      "../../../buildkit/engine/gc-policy.ts"
    );
    const isDocker = options.format === "daemon.json";
    const text = isDocker ? renderDaemonJson(options) : renderBuildkitToml(options);
    show(io, options, { format: options.format, text }, () => text.trimEnd());
    if (options.quiet || options.json) return 0;
    io.err(
      isDocker
        ? "save this as /etc/docker/daemon.json, and restart Docker\n"
        : "save this to a file, and run: docker buildx create --driver docker-container --buildkitd-config FILE\n",
    );
    return 0;
  },
});
