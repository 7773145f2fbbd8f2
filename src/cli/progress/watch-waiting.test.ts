import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import type { WaitingHost } from "../../registry/transport/traffic.ts";
import type { LivePart, Render } from "../../report/terminal/live-area.ts";
import type { ProgressMode } from "../../report/progress/progress-mode.ts";
import { watchWaiting } from "./watch-waiting.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** What is said while a host keeps a request waiting for the given seconds, one poll for each. */
function said(progress: ProgressMode, seconds: readonly number[]): string {
  const { io, err } = testIo({ progress });
  let waiting: readonly WaitingHost[] = [];
  watchWaiting({ waiting: () => waiting }, io);
  for (const one of seconds) {
    waiting = one === 0 ? [] : [{ host: "ghcr.io", milliseconds: one * 1000 }];
    vi.advanceTimersByTime(1_000);
  }
  return err();
}

it("names a host after ten seconds, and again after thirty more", () => {
  const seconds = Array.from({ length: 45 }, (_, at) => at);
  expect(said("plain", seconds)).toBe(
    "waiting for ghcr.io to respond (10 s)\nwaiting for ghcr.io to respond (40 s)\n",
  );
});

it("names it again if it answered meanwhile", () => {
  expect(said("github", [12, 0, 11])).toBe(
    "waiting for ghcr.io to respond (12 s)\nwaiting for ghcr.io to respond (11 s)\n",
  );
});

it("is an event of rawjson, and nothing if quiet", () => {
  expect(said("rawjson", [12])).toBe(
    '{"type":"waiting","time":"2026-11-21T04:00:00.000Z","host":"ghcr.io","seconds":12}\n',
  );
  expect(said("quiet", [12])).toBe("");
});

it("is a line on a terminal for as long as it lasts", () => {
  const shown: (readonly string[] | undefined)[] = [];
  const terminal = {
    columns: () => 80,
    show: (part: LivePart, render: Render | undefined) => {
      expect(part).toBe("waiting");
      shown.push(render?.({ columns: 80, rows: 3 }).map(({ text }) => text));
    },
  };
  const { io, err } = testIo({ progress: "tty", terminal });
  let milliseconds = 11_000;
  watchWaiting({ waiting: () => [{ host: "ghcr.io", milliseconds }] }, io);
  vi.advanceTimersByTime(1_000);
  milliseconds = 0;
  vi.advanceTimersByTime(2_000);
  expect(shown).toEqual([["waiting for ghcr.io to respond (11 s)"], undefined]);
  expect(err()).toBe("");
});
