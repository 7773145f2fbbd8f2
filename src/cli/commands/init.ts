import { defineCommand } from "../program/define-command.ts";
import { configuring, quietable } from "../program/flag-groups.ts";
import { choice, flag, repeated, text } from "../program/flags.ts";

export const init = defineCommand({
  name: "init",
  summary: "write a layerkeep.yml for this folder",
  flags: [
    choice("--from <source>", "what to make it from", [
      "bake",
      "compose",
      "dockerfiles",
      "github",
      "gitlab",
    ]),
    text("--image <repository>", "where images are published (default: by the git remote)"),
    repeated(
      "--platform <platform>",
      "a platform of all images (default: linux/amd64, and this machine's)",
    ),
    flag("-y, --yes", "ask nothing, and use the defaults"),
    flag("--force", "overwrite an existing file, or hide a config in a folder above"),
    flag("--stdout", "print the config instead of writing it"),
    ...configuring,
    ...quietable,
  ],
  help: `
Without --from, the config is made from the first of these that is found here: a bake file, a
Compose file with build sections, Dockerfiles (in this folder and below it, except those that git
ignores), GitHub workflows, a GitLab pipeline. On a terminal, it asks. A Compose file is imported by
the config, and Dockerfiles that it does not use become variants beside it; the others are read as
by \`layerkeep import\`. Workflows and pipelines are read only in the root of the repository, and say
by themselves where images are published and for which platforms.

The config is written to this folder, and never to one above it.

A Dockerfile's context is the first folder that has everything that it copies: the one that the
Compose file names, its own, or one above it.
`,
  example: "layerkeep init --from compose --image ghcr.io/acme/app",
  run: async ({ options, io }) => {
    const { runInit } = await import("../init/run-init.ts");
    return runInit(options, io);
  },
});
