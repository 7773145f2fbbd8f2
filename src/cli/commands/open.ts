import { defineCommand } from "../program/define-command.ts";
import { configured } from "../program/flag-groups.ts";
import { argument, flag } from "../program/flags.ts";

export const open = defineCommand({
  name: "open",
  summary: "open the page of an image, a leg's last run in CI, or the docs",
  arguments: [
    argument(
      "[leg|image|topic]",
      "a variant or an image, for its page at the registry; a leg, for its last run in CI; a lint rule or a page of the docs (default: the first image)",
    ),
  ],
  flags: [flag("--print", "print the address instead of opening it"), ...configured],
  help: `
Without a terminal, in CI, or if there is no browser, the address is printed.
`,
  example: "layerkeep open server/linux/arm64",
  run: async ({ args: [what], options, io }) => {
    const { openPage } = await import("../open/open-page.ts");
    return openPage(what, options, io);
  },
});
