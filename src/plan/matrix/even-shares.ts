interface Weighed {
  readonly seconds: number;
}

/**
 * Distributes items over at most `count` bins: the longest first, to the bin with the least (LPT,
 * which is within 4/3 of the best; Graham 1969).
 */
export function balance<T extends Weighed>(items: readonly T[], count: number): T[][] {
  const bins = Array.from({ length: count }, () => ({ load: 0, items: [] as T[] }));
  for (const item of longestFirst(items)) {
    let best = bins[0];
    for (const bin of bins) if (bin.load < (best?.load ?? 0)) best = bin;
    if (best === undefined) break;
    best.items.push(item);
    best.load += item.seconds;
  }
  return bins.map((bin) => bin.items).filter((held) => held.length > 0);
}

/**
 * Distributes places by weight: one each, then one by one to the group with the most weight per
 * place.
 */
export function shareOut(
  places: number,
  claims: readonly { readonly weight: number; readonly most: number }[],
): number[] {
  const shares = claims.map(() => 1);
  for (let left = places - claims.length; left > 0; left--) {
    let best: number | undefined;
    let most = -1;
    for (const [index, claim] of claims.entries()) {
      const share = shares[index] ?? 1;
      if (share < claim.most && claim.weight / share > most) {
        best = index;
        most = claim.weight / share;
      }
    }
    if (best === undefined) break;
    shares[best] = (shares[best] ?? 1) + 1;
  }
  return shares;
}

/** Items of the same length stay in their order. */
export function longestFirst<T extends Weighed>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => b.seconds - a.seconds);
}

/** Seconds of all items together. */
export function total(items: readonly Weighed[]): number {
  return sum(items, ({ seconds }) => seconds);
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((result, item) => result + of(item), 0);
}
