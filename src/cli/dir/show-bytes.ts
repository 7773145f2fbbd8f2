import { type ByteCount, followByteCounts } from "../../report/progress/byte-counts.ts";
import { showTotals } from "../../report/progress/show-totals.ts";
import { lineOf } from "../../report/terminal/width.ts";
import type { Io } from "../io.ts";

/** Shows how much was done until the returned function is called. */
export function showBytes(io: Io, counts: () => readonly ByteCount[]): () => void {
  const text = followByteCounts(counts, () => io.elapsed() * 1000);
  const { progress: mode, terminal, err: write } = io;
  return showTotals({ mode, write, terminal }, text, ({ columns }) => [lineOf(text(), columns)]);
}
