import type { Descriptor } from "../../oci/manifest.ts";

/** Which packs two caches have, as they are stored. */
export interface PackDiff {
  readonly both: PackSum;
  /** Only the first has them. */
  readonly gone: PackSum;
  /** Only the second has them. */
  readonly new: PackSum;
}

interface PackSum {
  readonly count: number;
  readonly bytes: number;
}

/** Compares the packs of two caches. Pure. */
export function diffPacks(first: readonly Descriptor[], second: readonly Descriptor[]): PackDiff {
  const digestsOf = (packs: readonly Descriptor[]) => new Set(packs.map(({ digest }) => digest));
  const [before, after] = [digestsOf(first), digestsOf(second)];
  return {
    both: sumOf(second.filter(({ digest }) => before.has(digest))),
    gone: sumOf(first.filter(({ digest }) => !after.has(digest))),
    new: sumOf(second.filter(({ digest }) => !before.has(digest))),
  };
}

function sumOf(packs: readonly Descriptor[]): PackSum {
  return { count: packs.length, bytes: packs.reduce((sum, { size }) => sum + size, 0) };
}
