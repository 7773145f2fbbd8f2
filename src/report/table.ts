import { fitColumns, gap } from "./terminal/fit-columns.ts";
import { type Style, styled } from "./terminal/style.ts";
import { clip, clipStart, pad, widthOf } from "./terminal/width.ts";

/** A column of a table. */
export interface Column {
  readonly head: string;
  /** Whether its cells are aligned to the right, for numbers; such cells are never clipped. */
  readonly right?: boolean;
  /** Whether a clipped cell keeps its end, for cells that begin alike: references. */
  readonly keepsEnd?: boolean;
  /** Whether it is left out if the table is too wide without that. */
  readonly optional?: boolean;
  /** The style of a cell. */
  readonly styleOf?: (cell: string) => Style | undefined;
}

/** What a text is printed on. */
export interface Page {
  /** Undefined: as many as needed. */
  readonly columns?: number | undefined;
}

/**
 * A table of aligned columns, two spaces apart, without trailing space. Cells are clipped, and
 * optional columns are left out, so that it fits the page.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  page: Page = {},
): string {
  const heads = columns.map(({ head }) => head);
  const measured = columns.map(({ right = false, optional = false }, at) => ({
    width: Math.max(...[heads, ...rows].map((row) => widthOf(row[at] ?? ""))),
    clips: !right,
    optional,
  }));
  const widths = fitColumns(measured, page.columns);
  const line = (cells: readonly string[], isHead = false): string =>
    columns
      .flatMap(({ right, keepsEnd, styleOf }, at) => {
        const width = widths[at];
        if (width === undefined) return [];
        const cell = (keepsEnd === true ? clipStart : clip)(cells[at] ?? "", width);
        const style = isHead ? undefined : styleOf?.(cells[at] ?? "");
        return [pad(style === undefined ? cell : styled(style, cell), width, right)];
      })
      .join(" ".repeat(gap))
      .trimEnd();
  return [line(heads, true), ...rows.map((row) => line(row))].join("\n");
}

/** `1.50 MB`: SI units, as registries and Docker show sizes. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would be shown as 1000.
  while (Math.round(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit] ?? ""}`;
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** `4.2 s`, `3 m 07 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
}

/** `45 s`, `3 min`, `2.5 h`: for what is only known about. */
export function formatAbout(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Math.round(minutes)} min`;
  return `${(minutes / 60).toFixed(1)} h`;
}

/** `sha256:0123456789ab`. */
export function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}
