import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScreen, type Screen } from "../../../test/support/screen.ts";
import type { PublishEvent } from "../../pipeline/publish/publish-variants.ts";
import type { ProgressMode } from "../progress/progress-mode.ts";
import { createLiveArea } from "../terminal/live-area.ts";
import {
  createPublishDisplay,
  type PublishDisplay,
  type PublishDisplayOptions,
} from "./publish-display.ts";

let clock = 0;
let sent = 0;
let written = "";

beforeEach(() => {
  [clock, sent, written] = [0, 0, ""];
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => vi.useRealTimers());

function display(mode: ProgressMode, changes: Partial<PublishDisplayOptions> = {}): PublishDisplay {
  return createPublishDisplay({
    mode,
    write: (text) => void (written += text),
    draw: (line) => void (written += line),
    terminal: undefined,
    now: () => clock,
    variants: 3,
    dryRun: false,
    sentBytes: () => sent,
    ...changes,
  });
}

const blob = (variant: string, how: "copied" | "mounted"): PublishEvent => ({
  kind: "blob",
  variant,
  repository: "ghcr.io/acme/app",
  how,
  bytes: 10,
});
const ended = (variant: string, error?: Error): PublishEvent => ({
  kind: "ended",
  variant,
  result: { variant, digest: undefined, targets: [], error },
});

describe("on a terminal", () => {
  const start = (screen: Screen): PublishDisplay => {
    const area = createLiveArea({ write: screen.write, size: screen.size, colour: false });
    return display("tty", { terminal: area, write: area.above });
  };

  it("shows totals with bytes and rate, and the images that are being published", async () => {
    const screen = createScreen(80, 24);
    const { onEvent, close } = start(screen);
    for (const variant of ["a", "b"]) onEvent({ kind: "started", variant });
    onEvent(blob("a", "copied"));
    onEvent(blob("a", "copied"));
    onEvent(blob("a", "mounted"));
    onEvent(ended("b", new Error("refused")));
    clock = 2_000;
    sent = 90_000_000;
    vi.advanceTimersByTime(100);
    expect(await screen.rows()).toEqual([
      "publishing: 1 of 3 images, 1 failed, 2.0 s, 90.0 MB sent (45.0 MB/s)",
      "a  2.0 s  blobs: 2 copied, 1 mounted",
    ]);
    clock = 20_000;
    vi.advanceTimersByTime(100);
    expect((await screen.rows())[0]).toMatch(/90\.0 MB sent \(0 B\/s\)$/);
    close();
    expect(await screen.rows()).toEqual([]);
  });

  it("folds what has no place", async () => {
    const screen = createScreen(60, 5);
    const { onEvent, close } = start(screen);
    for (let at = 0; at < 20; at++) onEvent({ kind: "started", variant: `v${at}` });
    vi.advanceTimersByTime(100);
    const rows = await screen.rows();
    expect(rows).toHaveLength(4);
    expect(rows.at(-1)).toBe("+18 more");
    close();
  });
});

it("in a log, repeats the totals now and then", () => {
  const { onEvent, close } = display("plain");
  onEvent({ kind: "started", variant: "a" });
  clock = 10_000;
  sent = 1_000_000;
  vi.advanceTimersByTime(10_000);
  onEvent({ kind: "again", variant: "a", reason: "a blob is gone" });
  close();
  vi.advanceTimersByTime(10_000);
  expect(written).toBe(
    "publishing: 0 of 3 images, 10.0 s, 1.00 MB sent (100 kB/s)\na | a blob is gone\n",
  );
});

it("quiet says nothing; rawjson writes an object a line", () => {
  display("quiet").onEvent({ kind: "again", variant: "a", reason: "r" });
  expect(written).toBe("");
  const { onEvent } = display("rawjson");
  onEvent({ kind: "started", variant: "a" });
  onEvent(ended("a", new Error("refused")));
  const time = "1970-01-01T00:00:00.000Z";
  expect(
    written
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([
    { type: "image-started", time, variant: "a" },
    { type: "image-ended", time, variant: "a", digest: null, error: "refused" },
  ]);
});
