/** What is known of a table's column before it is laid out. */
export interface Measured {
  /** Columns of the terminal that its widest cell takes. */
  readonly width: number;
  /** Its cells may be clipped. */
  readonly clips: boolean;
  /** It may be left out. */
  readonly optional: boolean;
}

/** Between two columns. */
export const gap = 2;

/** Cells are not clipped to fewer than this. */
const least = 12;

type Widths = readonly (number | undefined)[];

/**
 * The width of each column so that the table takes at most `total`; undefined for one that is left
 * out. The widest columns are clipped first; if that is not enough, optional ones are left out, the
 * last first. The first column, which says what a row is about, is clipped last of all.
 */
export function fitColumns(columns: readonly Measured[], total: number | undefined): Widths {
  const natural = columns.map(({ width }) => width);
  if (total === undefined || sum(natural) <= total) return natural;
  const later = columns.map((column, at) => (at === 0 ? { ...column, clips: false } : column));
  let kept: Widths = natural;
  for (;;) {
    const clipped = clipWidest(kept, later, total);
    if (sum(clipped) <= total) return clipped;
    const spare = columns.findLastIndex(({ optional }, at) => optional && kept[at] !== undefined);
    if (spare < 0) return clipWidest(clipped, columns, total);
    kept = kept.map((width, at) => (at === spare ? undefined : width));
  }
}

function clipWidest(widths: Widths, columns: readonly Measured[], total: number): Widths {
  const clipped = [...widths];
  for (let excess = sum(clipped) - total; excess > 0; excess--) {
    const open = clipped.map((width, at) =>
      columns[at]?.clips === true && width !== undefined && width > least ? width : 0,
    );
    const widest = Math.max(...open);
    if (widest === 0) break;
    clipped[open.indexOf(widest)] = widest - 1;
  }
  return clipped;
}

function sum(widths: Widths): number {
  const kept = widths.filter((width) => width !== undefined);
  return kept.reduce((all, width) => all + width, 0) + gap * Math.max(0, kept.length - 1);
}
