import { formatBytes } from "../table.ts";
import { followRate } from "./rate.ts";

/** How much was sent, and how fast. */
export interface Transfer {
  /** `1.20 GB sent (45.0 MB/s)`; empty before anything was sent. */
  readonly text: () => string;
}

/** Requests without content are no transfer. Bytes. */
const leastBytes = 100_000;

/** Follows a counter of bytes from now on; `now` returns milliseconds. Ask for the text often. */
export function followTransfer(sentBytes: () => number, now: () => number): Transfer {
  const before = sentBytes();
  const rate = followRate(sentBytes, now);
  return {
    text() {
      const [sent, perSecond] = [sentBytes() - before, rate()];
      return sent < leastBytes ? "" : `${formatBytes(sent)} sent (${formatBytes(perSecond)}/s)`;
    },
  };
}
