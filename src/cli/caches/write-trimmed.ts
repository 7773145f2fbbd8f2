import type { CacheCopy } from "../../cache/use/copy.ts";
import { keepUsed, trimCache, type Trimmed, type TrimLimits } from "../../cache/use/trim.ts";
import type { Io } from "../io.ts";
import { type Places, writeMade, type WritingOptions } from "./write-made.ts";

export type TrimmedCopy = CacheCopy & { readonly trimmed: Omit<Trimmed, "content"> };

/**
 * Writes the first cache without what the others, those of the builds that are kept, do not
 * contain, and without its oldest ends.
 */
export async function writeTrimmed(
  places: Places,
  limits: TrimLimits,
  options: WritingOptions,
  io: Io,
): Promise<TrimmedCopy | undefined> {
  const made: TrimmedCopy["trimmed"][] = [];
  const copy = await writeMade(
    places,
    ([cache, ...used]) => {
      if (cache === undefined) return undefined;
      const first = used.length === 0 ? undefined : keepUsed(cache, used);
      const last = trimCache(first?.content ?? cache, limits);
      const { records, blobs } = first ?? last;
      made.push({
        records: { before: records.before, after: last.records.after },
        blobs: { before: blobs.before, after: last.blobs.after },
      });
      return last.content;
    },
    options,
    io,
  );
  const [trimmed] = made;
  return trimmed === undefined ? undefined : { ...copy, trimmed };
}
