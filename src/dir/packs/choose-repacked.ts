/** A pack in the registry, as far as a new tree uses it. Bytes, uncompressed. */
export interface PackUse {
  readonly total: number;
  /** What the tree has of it. */
  readonly used: number;
}

/** The most that a cache's packs may have that the tree does not use. */
const mostWaste = 0.2;
/** Packs smaller than this are small: there are many of them after many small changes. */
const smallPack = 1 << 20;
const mostSmall = 16;

/**
 * The packs of which the used part is put into new packs, by their numbers: those with the most waste
 * until at most a fifth is wasted, and small ones if there are too many. Packs without a used part
 * are left out of the tree anyway, and are never among them.
 */
export function chooseRepacked(packs: readonly PackUse[]): ReadonlySet<number> {
  const kept = packs.map((pack, number) => ({ ...pack, number })).filter(({ used }) => used > 0);
  const chosen = new Set<number>();
  let total = kept.reduce((sum, pack) => sum + pack.total, 0);
  let used = kept.reduce((sum, pack) => sum + pack.used, 0);
  const byWaste = [...kept].sort(
    (a, b) => a.used / a.total - b.used / b.total || a.number - b.number,
  );
  for (const pack of byWaste) {
    if (total - used <= mostWaste * total) break;
    chosen.add(pack.number);
    total -= pack.total;
    used -= pack.used;
  }
  const small = kept.filter((pack) => pack.total < smallPack && !chosen.has(pack.number));
  if (small.length > mostSmall) for (const { number } of small) chosen.add(number);
  return chosen;
}
