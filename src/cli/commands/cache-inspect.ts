import { requireSound } from "../../cache/graph/faults.ts";
import { inspectCache, renderDot } from "../../cache/use/inspect.ts";
import { UsageError } from "../../errors.ts";
import { harmless } from "../../harmless.ts";
import { renderInspection } from "../../report/cache-report.ts";
import { type CacheCommandOptions, openStores } from "../cache-stores.ts";
import type { Io } from "../io.ts";

export interface CacheInspectOptions extends CacheCommandOptions {
  readonly top: number;
  readonly dot?: boolean;
}

/** Says what is in a cache. */
export async function runCacheInspect(
  name: string,
  options: CacheInspectOptions,
  io: Io,
): Promise<number> {
  await using opened = await openStores([name], options, io);
  const [store] = opened.stores;
  const stored = await store?.read({ signal: io.signal });
  if (store === undefined || stored === undefined) {
    throw new UsageError(`${name}: nothing stands there`, {
      hint: "see whether the tag is right, and whether a build has written it yet",
    });
  }
  const cache = requireSound(stored, store.name);
  if (options.dot === true) io.out(renderDot(cache));
  else {
    const inspection = inspectCache(cache);
    if (options.json) io.out(`${JSON.stringify({ name: store.name, ...inspection }, null, 2)}\n`);
    else io.out(`${harmless(renderInspection(store.name, inspection, options.top))}\n`);
  }
  return 0;
}
