import { type Verification, verifyCache } from "../../../cache/use/verify.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderVerification } from "../../../report/caches/cache-report.ts";
import { type CacheCommandOptions, openStores } from "../../caches/cache-stores.ts";
import type { Io } from "../../io.ts";

export interface CacheVerifyOptions extends CacheCommandOptions {
  readonly deep?: boolean;
}

/** Whether caches are whole and can be imported. 1: one of them is not. */
export async function runCacheVerify(
  names: readonly string[],
  { deep = false, ...options }: CacheVerifyOptions,
  io: Io,
): Promise<number> {
  await using opened = await openStores(names, options, io);
  const all: Verification[] = [];
  for (const store of opened.stores) {
    const verified = await verifyCache(store, { deep, signal: io.signal });
    all.push(verified);
    if (!options.json) io.out(`${harmless(renderVerification(verified))}\n`);
  }
  if (options.json) io.out(`${harmlessJson({ caches: all }, 2)}\n`);
  return all.some(({ problems }) => problems.length > 0) ? 1 : 0;
}
