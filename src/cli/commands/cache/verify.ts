import { defineCommand } from "../../program/define-command.ts";
import { reading } from "../../program/flag-groups.ts";
import { argument, flag } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

export const cacheVerify = defineCommand({
  name: "verify",
  summary: "check that caches are complete and can be imported",
  arguments: [
    argument(
      "<cache...>",
      "legs, variants, globs, full references, type=registry,ref=…, type=local,src=… or type=gha,scope=…",
    ),
  ],
  flags: [...reading, flag("--deep", "read each blob and check its digest")],
  example: "layerkeep cache verify server",
  run: async ({ args: [names], options, io }) => {
    const [{ openStores }, { verifyCache }, { renderVerification }] = await Promise.all([
      import("../../caches/cache-stores.ts"),
      import("../../../cache/use/verify.ts"),
      import("../../../report/caches/cache-report.ts"),
    ]);
    await using opened = await openStores(names, { ...options, several: true }, io);
    const caches = [];
    for (const store of opened.stores) {
      const verified = await verifyCache(store, { deep: options.deep, signal: io.signal });
      caches.push(verified);
      if (!options.json) io.out(`${renderVerification(verified)}\n`);
    }
    if (options.json) show(io, options, { caches }, () => "");
    return caches.some(({ problems }) => problems.length > 0) ? 1 : 0;
  },
});
