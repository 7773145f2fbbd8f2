import type { LiveArea, Render } from "../terminal/live-area.ts";
import type { ProgressMode } from "./progress-mode.ts";

export interface TotalsOptions {
  readonly mode: ProgressMode;
  readonly write: (text: string) => void;
  readonly terminal: LiveArea | undefined;
}

/** In a log, totals are repeated after this. */
const repeatMs = 10_000;

/** Shows totals until the returned function is called: in place on a terminal, or now and then. */
export function showTotals(
  { mode, write, terminal }: TotalsOptions,
  totals: () => string,
  render: Render,
): () => void {
  if (mode === "quiet" || mode === "rawjson") return () => undefined;
  if (mode === "tty" && terminal !== undefined) {
    terminal.show("run", render);
    return () => terminal.show("run", undefined);
  }
  const timer = setInterval(() => write(`${totals()}\n`), repeatMs).unref();
  return () => clearInterval(timer);
}
