import { afterEach, expect, it, vi } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { createScreen } from "../../../test/support/screen.ts";
import { createLiveArea } from "../../report/terminal/live-area.ts";
import { showWhile } from "./show-while.ts";

afterEach(() => vi.useRealTimers());

it("shows what takes more than a second for as long as it takes", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const screen = createScreen(80, 24);
  const terminal = createLiveArea({ write: screen.write, size: screen.size, colour: false });
  let clock = 0;
  const { io } = testIo({ progress: "tty", terminal, now: () => new Date(clock) });
  let finish: (plan: string) => void = () => undefined;
  const work = new Promise<string>((done) => (finish = done));
  const shown = showWhile("planning", work, io);
  vi.advanceTimersByTime(100);
  expect(await screen.rows()).toEqual([]);
  clock = 2_500;
  vi.advanceTimersByTime(100);
  expect(await screen.rows()).toEqual(["planning: 2.5 s"]);
  finish("a plan");
  expect(await shown).toBe("a plan");
  expect(await screen.rows()).toEqual([]);
});
