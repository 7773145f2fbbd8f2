import { diffCaches } from "../../../cache/use/diff.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderDiff } from "../../../report/caches/cache-report.ts";
import { type CacheCommandOptions, openStores, readNamed } from "../../caches/cache-stores.ts";
import type { Io } from "../../io.ts";

/** Says how two caches differ, and where they part. */
export async function runCacheDiff(
  first: string,
  second: string,
  options: CacheCommandOptions,
  io: Io,
): Promise<number> {
  await using opened = await openStores([first, second], options, io);
  const [a, b] = await Promise.all([
    readNamed(opened.stores[0], first, io),
    readNamed(opened.stores[1], second, io),
  ]);
  const diff = diffCaches(a, b);
  if (options.json) io.out(`${harmlessJson(diff, 2)}\n`);
  else io.out(`${harmless(renderDiff(diff))}\n`);
  return 0;
}
