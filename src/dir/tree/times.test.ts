import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { microsecondsOf, secondsOf } from "./times.ts";

test("a time that is set is read as the same microsecond, on each Node", () => {
  const dir = mkdtempSync(join(tmpdir(), "layerkeep-times-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "file");
  writeFileSync(file, "");
  const moved = [];
  for (let i = 0; i < 20_000; i++) {
    const time = 1_796_019_583_000_000 + i * 7919;
    utimesSync(file, secondsOf(time), secondsOf(time));
    const read = microsecondsOf(statSync(file).mtimeMs);
    if (read !== time) moved.push([time, read]);
  }
  expect(moved).toEqual([]);
});
