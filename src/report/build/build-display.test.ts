import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { builtLeg, failedLeg, reusedLeg } from "../../../test/support/results.ts";
import { EngineError, LayerkeepError } from "../../errors.ts";
import type { LegEvent } from "../../pipeline/build/build-legs.ts";
import { type BuildDisplay, createBuildDisplay } from "./build-display.ts";

const leg = "app/linux/amd64";

function progress(step: string, done = 0, cached = 0): LegEvent {
  return { type: "progress", leg, step, begun: [], done, cached, lines: [] };
}

function began(...begun: readonly { name: string; cached: boolean }[]): LegEvent {
  return { type: "progress", leg, step: "", begun, done: 0, cached: 0, lines: [] };
}

const failed = failedLeg({ step: null, error: new EngineError("no engine", { hint: "start it" }) });
const gone: LegEvent = {
  type: "builder-gone",
  builder: "b",
  why: "EOF",
  legs: [leg, "lib/linux/amd64"],
  others: ["a", "c"],
};
const leftOut =
  'warning: builder "b" is unavailable (EOF). Rebuilding on "a" or "c": app/linux/amd64, lib/linux/amd64\n';
const failure = "app/linux/arm64 failed: no engine\nhint: start it\n";

let written: string[] = [];
let clock = 0;

beforeEach(() => {
  written = [];
  clock = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function display(columns: number | undefined, quiet = false): BuildDisplay {
  const write = (text: string): void => void written.push(text);
  return createBuildDisplay({
    write,
    draw: write,
    columns: () => columns,
    now: () => clock,
    quiet,
  });
}

describe("without a terminal", () => {
  it("writes a line when a leg starts, a step starts, and the leg ends", () => {
    const { onEvent } = display(undefined);
    onEvent({ type: "started", leg });
    onEvent(began({ name: "[1/2] RUN make", cached: false }));
    onEvent({ type: "ended", result: builtLeg() });
    expect(written).toEqual([
      `${leg} | checking for a staged build\n`,
      `${leg} | [1/2] RUN make\n`,
      `${leg} | built in 1 m 02 s, 2 of 3 steps cached\n`,
    ]);
  });

  it("prints every step that started, even several at once, and which were cached", () => {
    const { onEvent } = display(undefined);
    onEvent(
      began({ name: "[1/2] RUN a", cached: true }, { name: "[build 1/1] RUN b", cached: false }),
    );
    onEvent(progress("[2/2] RUN c"));
    expect(written).toEqual([`${leg} | [1/2] RUN a (cached)\n`, `${leg} | [build 1/1] RUN b\n`]);
  });

  it("clips a long step", () => {
    display(undefined).onEvent(began({ name: `[1/1] RUN ${"x".repeat(200)}`, cached: false }));
    expect(written).toEqual([`${leg} | [1/1] RUN ${"x".repeat(89)}…\n`]);
  });

  it("prints which builder went away, and where a leg was built", () => {
    const { onEvent } = display(undefined);
    onEvent(gone);
    onEvent({ type: "ended", result: builtLeg({ builder: "a" }) });
    expect(written.join("")).toBe(
      `${leftOut}${leg} | built on a in 1 m 02 s, 2 of 3 steps cached\n`,
    );
  });

  it("prints why a leg is reused, and a failure in full", () => {
    const { onEvent } = display(undefined);
    onEvent({ type: "ended", result: reusedLeg() });
    onEvent({ type: "ended", result: failed });
    expect(written.join("")).toBe(
      `${leg} | reused (staged with the same inputs)\napp/linux/arm64 | failed after 2.0 s\n${failure}`,
    );
  });
});

it("says of a leg that was not built which one failed, and no time", () => {
  const { onEvent } = display(undefined);
  const error = new (class extends LayerkeepError {
    readonly code = "parent";
  })("not built because base/linux/arm64 failed");
  onEvent({ type: "ended", result: failedLeg({ step: null, error, seconds: 0 }) });
  const said = "not built because base/linux/arm64 failed\n";
  expect(written.join("")).toBe(`app/linux/arm64 | ${said}app/linux/arm64 failed: ${said}`);
});

describe("quiet", () => {
  it.each([undefined, 80])("writes only what went wrong, in %s columns", (columns) => {
    const { onEvent, close } = display(columns, true);
    onEvent({ type: "started", leg });
    onEvent(progress("[1/2] RUN make"));
    onEvent(gone);
    onEvent({ type: "ended", result: builtLeg() });
    onEvent({ type: "ended", result: failed });
    vi.advanceTimersByTime(1_000);
    close();
    expect(written).toEqual([leftOut, failure]);
  });
});

/** What a terminal shows after all output: it knows line feeds, "up" and "clear below". */
function screen(): string[] {
  const lines: string[] = [];
  let last = "";
  for (const part of written.join("").split(/(\n|\u001b\[\d+[AJ])/)) {
    const up = /^\u001b\[(\d+)A$/.exec(part);
    if (up !== null) lines.splice(lines.length - Number(up[1]));
    else if (part === "\n") {
      lines.push(last);
      last = "";
    } else if (!part.startsWith("\u001b")) last += part;
  }
  return [...lines, last];
}

describe("on a terminal", () => {
  it("prints which builder went away above the running legs", () => {
    const { onEvent, close } = display(80);
    onEvent({ type: "started", leg });
    onEvent(gone);
    expect(screen()).toEqual([leftOut.trimEnd(), `${leg}  0.0 s  checking for a staged build`, ""]);
    close();
  });

  it("keeps one line for each running leg, below those that ended", () => {
    const { onEvent, close } = display(80);
    onEvent({ type: "started", leg });
    onEvent({ type: "started", leg: failed.leg });
    clock = 1_500;
    onEvent(progress("[1/2] RUN make", 3, 2));
    vi.advanceTimersByTime(100);
    expect(screen()).toEqual([
      `${leg}  1.5 s  3 steps done, 2 cached  [1/2] RUN make`,
      "app/linux/arm64  1.5 s  checking for a staged build",
      "",
    ]);
    clock = 2_000;
    onEvent({ type: "ended", result: failed });
    expect(screen()).toEqual([
      "app/linux/arm64  failed after 2.0 s",
      ...failure.split("\n").slice(0, -1),
      `${leg}  2.0 s  3 steps done, 2 cached  [1/2] RUN make`,
      "",
    ]);
    onEvent({ type: "ended", result: builtLeg() });
    close();
    expect(screen().slice(-2)).toEqual([`${leg}  built in 1 m 02 s, 2 of 3 steps cached`, ""]);
  });

  it("never wraps a line, so that it can be erased", () => {
    const { onEvent } = display(20);
    onEvent({ type: "started", leg });
    onEvent(progress("[1/2] RUN make"));
    vi.advanceTimersByTime(300);
    expect(screen()).toEqual([`${leg}  0.`.padEnd(19).slice(0, 19), ""]);
  });

  it("redraws nothing once it is closed", () => {
    const { onEvent, close } = display(80);
    onEvent({ type: "started", leg });
    vi.advanceTimersByTime(100);
    close();
    const before = written.length;
    vi.advanceTimersByTime(1_000);
    expect(written).toHaveLength(before);
    expect(screen()).toEqual([""]);
  });

  it("ignores progress of an unknown leg", () => {
    display(80).onEvent(progress("[1/2] RUN make"));
    vi.advanceTimersByTime(100);
    expect(written).toEqual([]);
  });
});
