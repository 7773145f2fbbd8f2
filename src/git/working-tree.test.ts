import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeScratchFolder, type ScratchFolder } from "../../test/support/scratch-repository.ts";
import { readWorkingTree } from "./working-tree.ts";

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = makeScratchFolder();
});
afterEach(() => {
  scratch[Symbol.dispose]();
});

it("sees a change of equal size in the second in which the index was written", async () => {
  scratch.init("app");
  // A file's ctime cannot be set.
  scratch.git("app", "config", "core.trustctime", "false");
  const second = new Date("2026-11-21T05:00:00Z");
  const [file, index] = [join(scratch.path, "app", "first"), join(scratch.path, "app/.git/index")];
  utimesSync(file, second, second);
  scratch.git("app", "update-index", "--refresh");
  const before = scratch.git("app", "rev-parse", "HEAD^{tree}");
  writeFileSync(file, "tsrif");
  for (const path of [file, index]) utimesSync(path, second, second);
  await using changed = await readWorkingTree(scratch.options("app"));
  expect(changed.tree).not.toBe(before);
});
