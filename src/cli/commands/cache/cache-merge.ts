import { writeFrom } from "../../../cache/use/copy.ts";
import { mergeCaches } from "../../../cache/graph/merge.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderCopy } from "../../../report/caches/cache-report.ts";
import { openWriting } from "../../caches/cache-stores.ts";
import type { Io } from "../../io.ts";
import type { CacheCopyOptions } from "./cache-copy.ts";

export interface CacheMergeOptions extends CacheCopyOptions {
  readonly output: string;
}

/** Makes one cache of several. */
export async function runCacheMerge(
  names: readonly string[],
  { output, force, ...options }: CacheMergeOptions,
  io: Io,
): Promise<number> {
  await using opened = await openWriting(names, output, options, io);
  const { sources, target } = opened;
  const merged = await writeFrom(sources, target, mergeCaches, { force, signal: io.signal });
  if (options.json) io.out(`${harmlessJson(merged, 2)}\n`);
  else io.out(`${harmless(renderCopy(merged))}\n`);
  return 0;
}
