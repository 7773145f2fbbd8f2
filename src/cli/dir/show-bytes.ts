import { formatBytes } from "../../report/table.ts";
import { showTotals } from "../../report/progress/show-totals.ts";
import { lineOf } from "../../report/terminal/width.ts";
import type { Io } from "../io.ts";

/** Shows how much was done until the returned function is called. */
export function showBytes(io: Io, what: () => readonly (readonly [string, number])[]): () => void {
  const text = (): string => {
    const seconds = Math.max(io.elapsed(), 0.1);
    return what()
      .map(([verb, bytes]) => `${verb} ${formatBytes(bytes)} (${formatBytes(bytes / seconds)}/s)`)
      .join(", ");
  };
  const { progress: mode, terminal, err: write } = io;
  return showTotals({ mode, write, terminal }, text, ({ columns }) => [lineOf(text(), columns)]);
}
