/** How busy a builder is. */
export interface BuilderLoad {
  readonly builder: string;
  /** Builds that run on it. */
  readonly running: number;
  /** Builds that it was given since the run began. */
  readonly given: number;
}

/**
 * One of several builders for the next leg: the first of `wanted`, builders that have something of
 * the leg in their cache, that has less than its share of the jobs; otherwise the one with the
 * fewest running builds, and among equals the one that was given the fewest. So no builder has more
 * than its share, which is `jobs` divided among them and rounded up. Undefined if there are none.
 */
export function chooseBuilder(
  loads: readonly BuilderLoad[],
  { jobs, wanted }: { readonly jobs: number; readonly wanted: readonly (string | undefined)[] },
): string | undefined {
  const share = Math.ceil(jobs / loads.length);
  const warm = wanted.find((name) =>
    loads.some(({ builder, running }) => builder === name && running < share),
  );
  if (warm !== undefined) return warm;
  const [least] = [...loads].sort((a, b) => a.running - b.running || a.given - b.given);
  return least?.builder;
}
