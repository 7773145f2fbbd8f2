import { count } from "../../count.ts";

/** What the steps of a leg printed. */
export interface LegLog {
  /** Milliseconds. */
  readonly startedAt: number;
  readonly begin: (step: string, cached: boolean) => void;
  readonly add: (step: string, line: string) => void;
  readonly lines: () => readonly string[];
}

/** The beginning and the end of a longer log are kept. Lines. */
const mostFirst = 1_000;
const mostLast = 9_000;

/**
 * Gathers lines below the name of their step, which is repeated if steps that run at once alternate;
 * or hands them to `stream`, and keeps none.
 */
export function startLegLog(startedAt: number, stream?: (line: string) => void): LegLog {
  const first: string[] = [];
  const last: string[] = [];
  let dropped = 0;
  let current = "";
  const push = (line: string): void => {
    if (stream !== undefined) {
      stream(line);
      return;
    }
    if (first.length < mostFirst) {
      first.push(line);
      return;
    }
    last.push(line);
    // Half of them at once: dropping one by one would be slow.
    if (last.length >= mostLast * 2) dropped += last.splice(0, mostLast).length;
  };
  return {
    startedAt,
    begin(step, cached) {
      push(`${step}${cached ? " (cached)" : ""}`);
      current = step;
    },
    add(step, line) {
      if (step !== current) push(step);
      current = step;
      push(`  ${line}`);
    },
    lines: () => [
      ...first,
      ...(dropped === 0 ? [] : [`… ${count(dropped, "line")} omitted`]),
      ...last,
    ],
  };
}
