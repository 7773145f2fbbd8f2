import { formatBytes } from "../table.ts";

/** How much was sent, and how fast. */
export interface Transfer {
  /** `1.20 GB sent (45.0 MB/s)`; empty before anything was sent. */
  readonly text: () => string;
}

/** A rate is that of the last seconds. Milliseconds. */
const windowMs = 5_000;
/** Requests without content are no transfer. Bytes. */
const leastBytes = 100_000;

/** Follows a counter of bytes from now on; `now` returns milliseconds. Ask for the text often. */
export function followTransfer(sentBytes: () => number, now: () => number): Transfer {
  const before = sentBytes();
  const samples = [{ at: now(), bytes: before }];
  return {
    text() {
      const last = { at: now(), bytes: sentBytes() };
      samples.push(last);
      // The first is the last of those before the window.
      samples.splice(
        0,
        samples.findLastIndex(({ at }) => last.at - at >= windowMs),
      );
      const [first = last] = samples;
      const sent = last.bytes - before;
      if (sent < leastBytes) return "";
      const seconds = Math.max(1, last.at - first.at) / 1000;
      const rate = formatBytes((last.bytes - first.bytes) / seconds);
      return `${formatBytes(sent)} sent (${rate}/s)`;
    },
  };
}
