import { count } from "../../count.ts";
import { showTotals, type TotalsOptions } from "../progress/show-totals.ts";
import { followTransfer } from "../progress/transfer.ts";
import { lineOf } from "../terminal/width.ts";
import { formatSeconds } from "../table.ts";

/** Shows how a cache is copied. `close` leaves the terminal as it was. */
export interface CopyDisplay {
  /** A blob is in its place. */
  readonly onBlob: () => void;
  readonly close: () => void;
}

/** Blobs, bytes and rate of a copy. `now` returns milliseconds. */
export function createCopyDisplay(
  options: TotalsOptions & { readonly now: () => number; readonly sentBytes: () => number },
): CopyDisplay {
  const { now, sentBytes } = options;
  const startedAt = now();
  const transfer = followTransfer(sentBytes, now);
  let blobs = 0;
  const totals = (): string => {
    const sent = transfer.text();
    const time = formatSeconds((now() - startedAt) / 1000);
    return `copying: ${count(blobs, "blob")}, ${time}${sent === "" ? "" : `, ${sent}`}`;
  };
  const close = showTotals(options, totals, ({ columns }) => [lineOf(totals(), columns)]);
  return { onBlob: () => void (blobs += 1), close };
}
