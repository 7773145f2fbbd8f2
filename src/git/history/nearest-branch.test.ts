import { afterEach, beforeEach, expect, it } from "vitest";
import { makeScratchFolder, type ScratchFolder } from "../../../test/support/scratch-repository.ts";
import { nearestBranch } from "./nearest-branch.ts";

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = makeScratchFolder();
  scratch.init("app");
});
afterEach(() => scratch[Symbol.dispose]());

const commit = (): string => scratch.git("app", "commit", "-q", "--allow-empty", "-m", "x");
const fetched = (name: string): string =>
  scratch.git("app", "update-ref", `refs/remotes/${name}`, "HEAD");

it("is the branch that the head left last, the first of several, and none if there is none", async () => {
  const git = scratch.options("app");
  const names = ["origin/main", "upstream/main"];
  expect(await nearestBranch(git, names)).toBeUndefined();
  fetched("origin/main");
  expect(await nearestBranch(git, names)).toBe("origin/main");
  fetched("upstream/main");
  commit();
  expect(await nearestBranch(git, names)).toBe("origin/main");
  // A fork lags behind.
  fetched("upstream/main");
  commit();
  expect(await nearestBranch(git, names)).toBe("upstream/main");
});
