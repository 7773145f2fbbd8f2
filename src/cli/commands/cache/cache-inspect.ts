import { renderDot, renderTree } from "../../../cache/use/draw.ts";
import { inspectCache } from "../../../cache/use/inspect.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderInspection, renderUsable } from "../../../report/caches/cache-report.ts";
import { type CacheCommandOptions, openStores, readNamed } from "../../caches/cache-stores.ts";
import type { Io } from "../../io.ts";
import { type DockerfileOptions, tryDockerfile } from "../../try-dockerfile.ts";

export interface CacheInspectOptions extends CacheCommandOptions, DockerfileOptions {
  readonly top: number;
  readonly dot?: boolean;
  readonly tree?: boolean;
}

/** Says what is in a cache. */
export async function runCacheInspect(
  name: string,
  options: CacheInspectOptions,
  io: Io,
): Promise<number> {
  await using opened = await openStores([name], options, io);
  const [store] = opened.stores;
  const cache = await readNamed(store, name, io);
  if (options.dot === true) io.out(renderDot(cache));
  else if (options.tree === true) io.out(harmless(renderTree(cache)));
  else {
    const inspection = inspectCache(cache);
    const title = store?.name ?? name;
    const { dockerfile } = options;
    const usable =
      dockerfile === undefined
        ? undefined
        : await tryDockerfile(title, { ...options, dockerfile }, io);
    const told = { name: title, ...inspection, ...(usable === undefined ? {} : { usable }) };
    if (options.json) io.out(`${harmlessJson(told, 2)}\n`);
    else io.out(`${harmless(renderInspection(title, inspection, options.top))}\n`);
    if (!options.json && usable !== undefined) io.out(`\n${harmless(renderUsable(usable))}\n`);
  }
  return 0;
}
