import { afterEach, expect, it, vi } from "vitest";
import { createScreen } from "../../../test/support/screen.ts";
import { createLiveArea } from "../terminal/live-area.ts";
import { createCopyDisplay } from "./copy-display.ts";

afterEach(() => vi.useRealTimers());

it("shows blobs, bytes and rate until it is closed", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const screen = createScreen(80, 24);
  const terminal = createLiveArea({ write: screen.write, size: screen.size, colour: false });
  let [clock, sent] = [0, 0];
  const { onBlob, close } = createCopyDisplay({
    mode: "tty",
    write: terminal.above,
    terminal,
    now: () => clock,
    sentBytes: () => sent,
  });
  onBlob();
  clock = 4_000;
  sent = 2_000_000;
  vi.advanceTimersByTime(100);
  expect(await screen.rows()).toEqual(["copying: 1 blob, 4.0 s, 2.00 MB sent (500 kB/s)"]);
  close();
  expect(await screen.rows()).toEqual([]);
});
