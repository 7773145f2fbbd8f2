import { writeFrom } from "../../../cache/use/copy.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderCopy } from "../../../report/caches/cache-report.ts";
import { type CacheCommandOptions, openWriting } from "../../caches/cache-stores.ts";
import type { Io } from "../../io.ts";

export interface CacheCopyOptions extends CacheCommandOptions {
  readonly force?: boolean;
}

/** Copies a cache to another home. */
export async function runCacheCopy(
  from: string,
  to: string,
  { force, ...options }: CacheCopyOptions,
  io: Io,
): Promise<number> {
  await using opened = await openWriting([from], to, options, io);
  const { sources, target } = opened;
  const copy = await writeFrom(sources, target, ([cache]) => cache, { force, signal: io.signal });
  if (options.json) io.out(`${harmlessJson(copy, 2)}\n`);
  else io.out(`${harmless(renderCopy(copy))}\n`);
  return 0;
}
