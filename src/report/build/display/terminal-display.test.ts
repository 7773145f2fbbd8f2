import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { builtLeg, failedLeg, reusedLeg } from "../../../../test/support/results.ts";
import { createScreen, type Screen } from "../../../../test/support/screen.ts";
import { EngineError } from "../../../errors.ts";
import type { LegEvent } from "../../../pipeline/build/build-legs.ts";
import { createLiveArea } from "../../terminal/live-area.ts";
import { createBuildDisplay } from "./build-display.ts";
import type { BuildDisplay, DisplayOptions } from "./display.ts";

const leg = "app/linux/amd64";
const arm = "app/linux/arm64";
const working: LegEvent = {
  type: "progress",
  leg,
  step: "[1/2] RUN make",
  begun: [],
  steps: { all: 5, done: 3, cached: 2 },
  lines: [],
};
const failed = failedLeg({ step: null, error: new EngineError("no engine", { hint: "start it" }) });

let clock = 0;

beforeEach(() => {
  clock = 0;
  // The emulator needs real time.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => vi.useRealTimers());

describe("on a terminal", () => {
  function onScreen(screen: Screen, changes: Partial<DisplayOptions> = {}): BuildDisplay {
    const terminal = createLiveArea({ write: screen.write, size: screen.size, colour: false });
    return createBuildDisplay({
      mode: "tty",
      write: (text) => terminal.above(text),
      draw: screen.write,
      terminal,
      now: () => clock,
      legs: [leg, arm].map((id) => ({ id, action: "build" })),
      expected: () => ({ seconds: new Map(), jobs: 2 }),
      signal: new AbortController().signal,
      ...changes,
    });
  }
  const tick = (): void => void vi.advanceTimersByTime(100);

  it("keeps totals and running legs below those that ended", async () => {
    const screen = createScreen(80, 24);
    const { onEvent, close } = onScreen(screen);
    onEvent({ type: "started", leg });
    onEvent({ type: "started", leg: arm });
    clock = 1_500;
    onEvent(working);
    tick();
    expect(await screen.rows()).toEqual([
      "0 of 2 legs, 1.5 s, 2 running, 3 of 5 steps",
      "app/linux/amd64  1.5 s  3/5 steps  [1/2] RUN make",
      "app/linux/arm64  1.5 s  checking for a staged build",
    ]);
    onEvent({ type: "ended", result: failed });
    expect(await screen.rows()).toEqual([
      "app/linux/arm64  failed after 2.0 s",
      "app/linux/arm64 failed: no engine",
      "hint: start it",
      "1 of 2 legs, 1.5 s, 1 failed, 1 running, 3 of 5 steps",
      "app/linux/amd64  1.5 s  3/5 steps  [1/2] RUN make",
    ]);
    onEvent({ type: "ended", result: builtLeg() });
    close();
    expect((await screen.rows()).slice(3)).toEqual([
      `${leg}  built in 1 m 02 s, 2 of 3 steps cached`,
    ]);
  });

  it("folds what has no place, and does not list reused legs", async () => {
    const screen = createScreen(60, 10);
    const ids = Array.from({ length: 300 }, (_, at) => `variant-${at}/linux/amd64`);
    const { onEvent, close } = onScreen(screen, {
      legs: ids.map((id) => ({ id, action: "build" })),
    });
    for (const id of ids.slice(0, 260)) {
      onEvent({ type: "ended", result: reusedLeg({ leg: id }) });
    }
    for (const id of ids.slice(260, 284)) onEvent({ type: "started", leg: id });
    tick();
    const rows = await screen.rows();
    expect(rows).toHaveLength(9);
    expect(rows[0]).toBe("260 of 300 legs, 0.0 s, 24 running, 16 waiting, 260 reused");
    expect(rows[1]).toBe("variant-260/linux/amd64  0.0 s  checking for a staged build");
    expect(rows.at(-1)).toBe("+17 more");
    close();
    expect(await screen.lines()).toEqual([]);
  });

  it("says how much time is probably left", async () => {
    const screen = createScreen(80, 24);
    const seconds = new Map([
      [leg, 61],
      [arm, 301],
    ]);
    const { onEvent, close } = onScreen(screen, { expected: () => ({ seconds, jobs: 4 }) });
    onEvent({ type: "started", leg });
    clock = 1_000;
    tick();
    expect((await screen.rows())[0]).toBe(
      "0 of 2 legs, 1.0 s, about 5 min left, 1 running, 1 waiting",
    );
    close();
  });

  it("says after Ctrl-C what it waits for", async () => {
    const screen = createScreen(80, 24);
    const aborted = AbortSignal.abort();
    const { onEvent, close } = onScreen(screen, { signal: aborted });
    onEvent({ type: "started", leg });
    tick();
    expect((await screen.rows())[0]).toBe(
      "stopping 1 build, 0 of 2 legs, 0.0 s, 1 running, 1 waiting",
    );
    close();
  });

  it("prints which builder went away above the running legs", async () => {
    const screen = createScreen(80, 24);
    const { onEvent, close } = onScreen(screen);
    onEvent({ type: "started", leg });
    onEvent({ type: "builder-gone", builder: "b", why: "EOF", legs: [leg], others: ["a"] });
    expect((await screen.rows())[0]).toBe(
      `warning: builder "b" is unavailable (EOF). Rebuilding on "a": ${leg}`,
    );
    close();
  });

  it("ignores progress of an unknown leg", async () => {
    const screen = createScreen(80, 24);
    const { onEvent, close } = onScreen(screen);
    onEvent(working);
    expect(await screen.rows()).toEqual(["0 of 2 legs, 0.0 s, 2 waiting"]);
    close();
  });
});
