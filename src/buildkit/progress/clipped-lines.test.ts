import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClippedLines, clipTogether, LineClipper } from "./clipped-lines.ts";

function clipped(limit: number, lines: readonly string[]): ClippedLines {
  const clipper = new LineClipper(limit);
  for (const line of lines) clipper.add(line);
  return clipper.lines();
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `${n % 10}`);
const none = { lines: 0, bytes: 0 };

describe("LineClipper", () => {
  it("keeps the first quarter and the last three quarters of its limit", () => {
    expect(clipped(16, numbered(8))).toEqual({
      head: ["0", "1"],
      left: none,
      tail: ["2", "3", "4", "5", "6", "7"],
    });
    expect(clipped(16, numbered(12))).toEqual({
      head: ["0", "1"],
      left: { lines: 4, bytes: 8 },
      tail: ["6", "7", "8", "9", "0", "1"],
    });
  });

  it("leaves out a line that is longer than its limit, and counts bytes, not characters", () => {
    expect(clipped(16, ["a", "€".repeat(6), "b"])).toEqual({
      head: ["a"],
      left: { lines: 1, bytes: 19 },
      tail: ["b"],
    });
  });

  it("keeps its limit, and accounts for every line, whatever the lines and the limit", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat(200), (lines, limit) => {
        const { head, left, tail } = clipped(limit, lines);
        const size = [...head, ...tail].reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
        expect(size).toBeLessThanOrEqual(limit);
        expect(head).toEqual(lines.slice(0, head.length));
        expect(tail).toEqual(lines.slice(lines.length - tail.length));
        expect(head.length + left.lines + tail.length).toBe(lines.length);
      }),
    );
  });
});

describe("clipTogether", () => {
  const whole = (count: number): ClippedLines => ({ head: numbered(count), left: none, tail: [] });
  const sizes = (texts: readonly ClippedLines[]): readonly number[] =>
    texts.map(({ head, tail }) => 2 * (head.length + tail.length));

  it("clips nothing that fits", () => {
    const texts = [whole(4), whole(1)];
    expect(clipTogether(texts, 10)).toEqual(texts);
  });

  it("clips the longest, each to the same size", () => {
    expect(sizes(clipTogether([whole(2), whole(100), whole(4), whole(50)], 44))).toEqual([
      4, 16, 8, 16,
    ]);
  });

  it("clips again what was clipped, and adds to what is left out", () => {
    expect(clipTogether([clipped(32, numbered(30))], 16)).toEqual([
      { head: ["0", "1"], left: { lines: 22, bytes: 44 }, tail: ["4", "5", "6", "7", "8", "9"] },
    ]);
  });
});
