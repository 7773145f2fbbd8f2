import { defineCommand } from "../program/define-command.ts";

export const stale = defineCommand({
  name: "stale",
  summary: "list legs whose base images have moved since they were built",
  flags: [],
  help: `
Compares the digests that each leg's last finished build was made from, by its log, with those that
the images' names have now. Each image is asked for once, by HEAD. The exit code is 1 if a leg is
stale, and 3 if none is but an image could not be compared.
`,
  example: "layerkeep stale",
  run: async ({ options, io }) => {
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { showStale } = await import("../show/show-stale.ts");
    return showStale(probes, options, io);
  },
});
