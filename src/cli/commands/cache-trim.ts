import { writeFrom } from "../../cache/use/copy.ts";
import { trimCache, type Trimmed } from "../../cache/use/trim.ts";
import { harmless } from "../../harmless.ts";
import { renderTrim } from "../../report/cache-report.ts";
import { openWriting } from "../cache-stores.ts";
import type { Io } from "../io.ts";
import type { CacheCopyOptions } from "./cache-copy.ts";

export interface CacheTrimOptions extends CacheCopyOptions {
  readonly output: string;
  /** Bytes. */
  readonly maxSize?: number;
}

/** Writes a cache without its oldest ends. */
export async function runCacheTrim(
  name: string,
  { output, maxSize, force, ...options }: CacheTrimOptions,
  io: Io,
): Promise<number> {
  await using opened = await openWriting([name], output, options, io);
  const made: Trimmed[] = [];
  const written = await writeFrom(
    opened.sources,
    opened.target,
    ([cache]) => {
      if (cache === undefined) return undefined;
      const trimmed = trimCache(cache, { blobs: maxSize });
      made.push(trimmed);
      return trimmed.content;
    },
    { force, signal: io.signal },
  );
  for (const { records, blobs } of made) {
    const told = { ...written, trimmed: { records, blobs } };
    if (options.json) io.out(`${JSON.stringify(told, null, 2)}\n`);
    else io.out(`${harmless(renderTrim(written, { records, blobs }))}\n`);
  }
  return 0;
}
