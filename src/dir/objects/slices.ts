import type { Tree } from "../tree/tree.ts";

/** Bytes of a pack that follow each other, uncompressed. */
export interface Slice {
  readonly pack: number;
  readonly start: number;
  readonly length: number;
}

/** Where each chunk of a tree is, by its number. */
export function placesOf({ packs }: Pick<Tree, "packs">): readonly Slice[] {
  return packs.flatMap((chunks, pack) => {
    let start = 0;
    return chunks.map(({ length }) => {
      const place = { pack, start, length };
      start += length;
      return place;
    });
  });
}

/** The slices that have a part of a file with these chunks, those beside each other as one. */
export function slicesOf(
  chunks: readonly Slice[],
  { start, length }: { readonly start: number; readonly length: number },
): readonly Slice[] {
  const slices: Slice[] = [];
  let at = 0;
  for (const chunk of chunks) {
    const from = Math.max(start - at, 0);
    const to = Math.min(start + length - at, chunk.length);
    at += chunk.length;
    if (from >= to) continue;
    const slice = { pack: chunk.pack, start: chunk.start + from, length: to - from };
    const last = slices.at(-1);
    const isNext = last?.pack === slice.pack && last.start + last.length === slice.start;
    if (isNext) slices.splice(-1, 1, { ...last, length: last.length + slice.length });
    else slices.push(slice);
  }
  return slices;
}
