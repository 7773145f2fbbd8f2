import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScreen, type Screen } from "../../../test/support/screen.ts";
import { createLiveArea, type OwnLiveArea, type Render } from "./live-area.ts";
import { lineOf } from "./width.ts";

// The emulator needs real time.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => vi.useRealTimers());

function areaOn(screen: Screen, colour = false): OwnLiveArea {
  return createLiveArea({ write: screen.write, size: screen.size, colour });
}

function block(...texts: readonly string[]): Render {
  return ({ columns, rows }) => texts.slice(0, rows).map((text) => lineOf(text, columns));
}

describe("a live area", () => {
  it("stays below what is written above it, on streams that share the terminal", async () => {
    const screen = createScreen(40, 6);
    const area = areaOn(screen);
    area.show("run", block("totals", "a leg"));
    area.above("first\n");
    area.above("second\n", screen.write);
    expect(await screen.rows()).toEqual(["first", "second", "totals", "a leg"]);
    area.show("run", undefined);
    expect(await screen.rows()).toEqual(["first", "second"]);
  });

  it("is drawn again while it is shown, and not after", async () => {
    const screen = createScreen(40, 6);
    const area = areaOn(screen);
    let seconds = 0;
    area.show("run", ({ columns }) => [lineOf(`${seconds} s`, columns)]);
    seconds = 1;
    vi.advanceTimersByTime(100);
    expect(await screen.rows()).toEqual(["1 s"]);
    area.show("run", undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for the end of a line that is written in parts", async () => {
    const screen = createScreen(40, 6);
    const area = areaOn(screen);
    area.show("run", block("totals"));
    area.above("error:");
    vi.advanceTimersByTime(500);
    area.above(" it failed\n");
    expect(await screen.rows()).toEqual(["error: it failed", "totals"]);
  });

  it("is not disturbed by the echo of Ctrl-C", async () => {
    const screen = createScreen(40, 6);
    const area = areaOn(screen);
    area.show("run", block("totals", "a leg"));
    screen.write("^C");
    area.show("run", undefined);
    area.above("interrupted\n");
    expect(await screen.rows()).toEqual(["interrupted"]);
  });

  it("leaves a row free, and gives the last part its place first", async () => {
    const screen = createScreen(40, 4);
    const area = areaOn(screen);
    area.show("run", block("1", "2", "3", "4", "5"));
    expect(await screen.rows()).toEqual(["1", "2", "3"]);
    area.show("waiting", block("waiting for ghcr.io to respond (12 s)"));
    expect(await screen.rows()).toEqual(["1", "2", "waiting for ghcr.io to respond (12 s)"]);
  });

  it("clips wide characters whole", async () => {
    const screen = createScreen(10, 4);
    areaOn(screen).show("run", block("日本語のイメージ", "🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈🏳️‍🌈"));
    const rows = await screen.rows();
    expect(rows[0]).toBe("日本語の…");
    expect(rows).toHaveLength(2);
  });
});

/** What may happen to a terminal while something runs. */
type Happening =
  | { readonly type: "write"; readonly length: number }
  | { readonly type: "block"; readonly lengths: readonly number[] }
  | { readonly type: "tick" }
  | { readonly type: "resize"; readonly columns: number; readonly rows: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ type: fc.constant("write" as const), length: fc.integer({ min: 1, max: 150 }) }),
  fc.record({
    type: fc.constant("block" as const),
    lengths: fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 6 }),
  }),
  fc.record({ type: fc.constant("tick" as const) }),
  fc.record({
    type: fc.constant("resize" as const),
    columns: fc.integer({ min: 30, max: 120 }),
    rows: fc.integer({ min: 30, max: 40 }),
  }),
);

/**
 * The emulator wraps lines that no longer fit, as most terminals do. The sizes have room for the
 * area even if all of its lines wrap: of a larger one, a part scrolls out of view and stays there.
 */
describe("whatever happens to the terminal", () => {
  it("shows the area once, and above it what was written last", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 25 }), async (happenings) => {
        const screen = createScreen(60, 40);
        const area = areaOn(screen);
        let written = 0;
        area.show("run", block("totals"));
        for (const one of happenings) {
          if (one.type === "write") area.above(`w${++written} ${"x".repeat(one.length)}\n`);
          if (one.type === "tick") vi.advanceTimersByTime(100);
          if (one.type === "block") {
            area.show("run", block("totals", ...one.lengths.map((n) => "-".repeat(n))));
          }
          if (one.type === "resize") {
            await screen.resize(one.columns, one.rows);
            area.redraw();
          }
        }
        const rows = await screen.rows();
        expect(rows.filter((row) => row.startsWith("totals"))).toHaveLength(1);
        const top = rows.indexOf("totals");
        expect(rows.slice(top + 1).every((row) => row.startsWith("-"))).toBe(true);
        expect(rows.slice(0, top).every((row) => /^(?:w\d+ )?x*$/.test(row))).toBe(true);
        area.show("run", undefined);
        expect((await screen.rows()).every((row) => /^(?:w\d+ )?x*$/.test(row))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

it.each([
  [60, 10],
  [20, 5],
])("fits a terminal that is made as small as %s × %s", async (columns, rows) => {
  const screen = createScreen(120, 40);
  const area = areaOn(screen);
  area.show("run", block("totals", ...Array.from({ length: 30 }, () => "-".repeat(110))));
  await screen.resize(columns, rows);
  area.redraw();
  const shown = await screen.rows();
  expect(shown[0]).toBe("totals");
  expect(shown.slice(1)).toEqual(
    Array.from({ length: rows - 2 }, () => `${"-".repeat(columns - 2)}…`),
  );
});

it("colours only if the terminal has colour", () => {
  const drawn = (colour: boolean): string => {
    let all = "";
    const size = () => ({ columns: 40, rows: 5 });
    const area = createLiveArea({ write: (text) => (all += text), size, colour });
    area.show("run", () => [{ text: "\ufdd2failed\ufdd0", width: 6 }]);
    return all;
  };
  expect(drawn(true)).toBe("\u001b[31mfailed\u001b[0m\u001b[K\n\u001b[J");
  expect(drawn(false)).toBe("failed\u001b[K\n\u001b[J");
});
