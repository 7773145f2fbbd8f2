import { writeFrom } from "../../../cache/use/copy.ts";
import { keepUsed, trimCache, type Trimmed } from "../../../cache/use/trim.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderTrim } from "../../../report/caches/cache-report.ts";
import { openWriting } from "../../caches/cache-stores.ts";
import type { Io } from "../../io.ts";
import type { CacheCopyOptions } from "./cache-copy.ts";

export interface CacheTrimOptions extends CacheCopyOptions {
  readonly output: string;
  /** Bytes. */
  readonly maxSize?: number;
  readonly usedBy: readonly string[];
}

/** Writes a cache without what kept builds did not use, and without its oldest ends. */
export async function runCacheTrim(
  name: string,
  { output, maxSize, usedBy, force, ...options }: CacheTrimOptions,
  io: Io,
): Promise<number> {
  await using opened = await openWriting([name, ...usedBy], output, options, io);
  const made: Trimmed[] = [];
  const written = await writeFrom(
    opened.sources,
    opened.target,
    ([cache, ...used]) => {
      if (cache === undefined) return undefined;
      const first = used.length === 0 ? undefined : keepUsed(cache, used);
      const last = trimCache(first?.content ?? cache, { blobs: maxSize });
      made.push(first === undefined ? last : throughout(first, last));
      return last.content;
    },
    { force, signal: io.signal },
  );
  for (const { records, blobs } of made) {
    const told = { ...written, trimmed: { records, blobs } };
    if (options.json) io.out(`${harmlessJson(told, 2)}\n`);
    else io.out(`${harmless(renderTrim(written, { records, blobs }))}\n`);
  }
  return 0;
}

/** Two trims as one. */
function throughout(first: Trimmed, last: Trimmed): Trimmed {
  return {
    content: last.content,
    records: { before: first.records.before, after: last.records.after },
    blobs: { before: first.blobs.before, after: last.blobs.after },
  };
}
