import { formatAbout, formatBytes } from "../table.ts";
import { followRate } from "./rate.ts";

/** What is done with bytes, and how many there are as far as that is known. */
export interface ByteCount {
  /** `read`, `fetched`. */
  readonly verb: string;
  readonly done: number;
  readonly total?: number | undefined;
}

/** Before this, a rate says nothing about the rest. Milliseconds. */
const settlingMs = 2_000;

/**
 * Follows some counts; `now` returns milliseconds. Returns their text:
 * `fetched 120 MB of 600 MB (45.0 MB/s), about 11 s left`. Ask for it often.
 */
export function followByteCounts(
  counts: () => readonly ByteCount[],
  now: () => number,
): () => string {
  const began = now();
  const rates = counts().map((_, at) => followRate(() => counts()[at]?.done ?? 0, now));
  return () => {
    const lefts: number[] = [];
    const parts = counts().map(({ verb, done, total }, at) => {
      const rate = rates[at]?.() ?? 0;
      if (total !== undefined && total > done && rate > 0) lefts.push((total - done) / rate);
      const of = total === undefined || total === 0 ? "" : ` of ${formatBytes(total)}`;
      return `${verb} ${formatBytes(done)}${of} (${formatBytes(rate)}/s)`;
    });
    const isKnown = lefts.length > 0 && now() - began >= settlingMs;
    const left = isKnown ? `, about ${formatAbout(Math.max(...lefts))} left` : "";
    return `${parts.join(", ")}${left}`;
  };
}
