import { expect, it } from "vitest";
import { followByteCounts } from "./byte-counts.ts";

it("shows how much is done, how fast in the last seconds, and how long the rest takes", () => {
  let [now, done] = [0, 0];
  const text = followByteCounts(
    () => [
      { verb: "read", done, total: 100e6 },
      { verb: "sent", done: done / 2 },
    ],
    () => now,
  );
  expect(text()).toBe("read 0 B of 100 MB (0 B/s), sent 0 B (0 B/s)");
  [now, done] = [1_000, 10e6];
  expect(text()).toBe("read 10.0 MB of 100 MB (10.0 MB/s), sent 5.00 MB (5.00 MB/s)");
  [now, done] = [2_000, 20e6];
  expect(text()).toBe(
    "read 20.0 MB of 100 MB (10.0 MB/s), sent 10.0 MB (5.00 MB/s), about 8 s left",
  );
  // Only the last five seconds count.
  [now, done] = [7_000, 30e6];
  expect(text()).toContain("(2.00 MB/s), sent 15.0 MB (1.00 MB/s), about 35 s left");
  [now, done] = [8_000, 100e6];
  expect(text()).toMatch(/^read 100 MB of 100 MB \([^)]+\), sent 50.0 MB \([^)]+\)$/);
});
