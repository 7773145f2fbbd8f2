import { defineCommand } from "../program/define-command.ts";
import { configuring, quietable } from "../program/flag-groups.ts";
import { choice, flag, repeated, text } from "../program/flags.ts";

export const init = defineCommand({
  name: "init",
  summary: "create a layerkeep.yml for this folder",
  flags: [
    choice("--from <source>", "what to create it from", [
      "bake",
      "compose",
      "dockerfiles",
      "github",
      "gitlab",
    ]),
    text("--image <repository>", "where to publish images (default: derived from the git remote)"),
    repeated(
      "--platform <platform>",
      "a platform to build all images for (default: linux/amd64 and this machine's)",
    ),
    flag("-y, --yes", "do not ask questions; use the defaults"),
    flag("--force", "overwrite an existing config, or override one in a parent folder"),
    flag("--stdout", "print the config instead of writing it"),
    ...configuring,
    ...quietable,
  ],
  help: `
Without --from, the config is created from the first of these that is found here: a bake file, a
Compose file with build sections, Dockerfiles (in this folder and below it, except those that git
ignores), GitHub workflows, a GitLab pipeline. On a terminal, init asks. The config imports a
Compose file, and gets a variant for each Dockerfile that the Compose file does not use; the others
are read as by \`layerkeep import\`. Workflows and pipelines are read only in the root of the
repository, and determine where images are published and for which platforms.

The config is written to this folder, never to a parent folder.

A Dockerfile's context is the first folder that contains everything that it copies: the one in the
Compose file, its own folder, or a parent folder.
`,
  example: "layerkeep init --from compose --image ghcr.io/acme/app",
  run: async ({ options, io }) => {
    const { runInit } = await import("../init/run-init.ts");
    return runInit(options, io);
  },
});
