import { defineCommand } from "../../program/define-command.ts";
import { quietable, reading } from "../../program/flag-groups.ts";
import { argument, text } from "../../program/flags.ts";

export const doctorRegistry = defineCommand({
  name: "registry",
  summary: "test what a registry supports, and print the settings to use",
  arguments: [
    argument(
      "[repository]",
      "a repository, such as ghcr.io/acme/app-cache (default: the config's cache)",
    ),
  ],
  flags: [
    text(
      "--second <repository>",
      "another repository in the same registry, to test mounting blobs from it (leaves a test blob there)",
    ),
    ...reading,
    ...quietable,
  ],
  example: "layerkeep doctor registry ghcr.io/acme/app-cache",
  run: async ({ args: [repository], options, io }) => {
    const { tryRegistry } = await import("../../registry/try-registry.ts");
    return tryRegistry({ repository, second: options.second }, options, io);
  },
});
