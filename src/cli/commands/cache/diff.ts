import { defineCommand } from "../../program/define-command.ts";
import { reading } from "../../program/flag-groups.ts";
import { argument } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

export const cacheDiff = defineCommand({
  name: "diff",
  summary: "show how two caches differ, and at which steps they diverge",
  arguments: [
    argument("<first>", "a cache, in the syntax of `layerkeep cache inspect`"),
    argument("<second>", "the cache to compare it with"),
  ],
  flags: reading,
  example: "layerkeep cache diff server/linux/amd64 ghcr.io/acme/cache:feature",
  run: async ({ args: [first, second], options, io }) => {
    const [{ openStores, readNamed }, { diffCaches }, { renderDiff }] = await Promise.all([
      import("../../caches/cache-stores.ts"),
      import("../../../cache/use/diff.ts"),
      import("../../../report/caches/cache-report.ts"),
    ]);
    await using opened = await openStores([first, second], options, io);
    const [a, b] = await Promise.all([
      readNamed(opened.stores[0], first, io),
      readNamed(opened.stores[1], second, io),
    ]);
    show(io, options, diffCaches(a, b), renderDiff);
    return 0;
  },
});
