/** What the demo says that Layerkeep does, each held against what was found. */
export interface Claims {
  /** Prints `ok` or `FAIL` with the claim, and what was found. */
  check(claim: string, holds: boolean, found?: string): void;
  /** How many were checked and how many did not hold. */
  counts(): { readonly checked: number; readonly failed: number };
}

export function openClaims(print: (line: string) => void): Claims {
  let checked = 0;
  let failed = 0;
  return {
    check(claim, holds, found) {
      checked += 1;
      if (!holds) failed += 1;
      const shown = found === undefined || found === "" ? "" : ` (${found})`;
      print(`${holds ? "ok  " : "FAIL"} ${claim}${shown}`);
    },
    counts: () => ({ checked, failed }),
  };
}

/** Whether two lists hold the same texts, in whatever order. */
export function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted());
}
