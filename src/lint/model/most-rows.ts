/**
 * A workflow may multiply rows without end; no more than these are read. GitHub starts at most 256
 * jobs of a matrix, GitLab 200.
 */
export const mostRows = 1_000;

/** A number of rows for a message. */
export function rowCount(rows: number): string {
  return rows < mostRows ? String(rows) : `at least ${mostRows}`;
}
