import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askDefaultBranch, readOnRemoteBranch } from "./remote.ts";
import { makeScratchFolder, type ScratchFolder } from "../../test/support/scratch-repository.ts";

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = makeScratchFolder();
  scratch.init("origin");
});
afterEach(() => scratch[Symbol.dispose]());

/** Commits a config with this text on a branch of the remote. */
function write(branch: string, text: string, folder = "."): void {
  const has = scratch.git("origin", "branch", "--list", branch) !== "";
  scratch.git("origin", "checkout", "-q", ...(has ? [branch] : ["-b", branch]));
  scratch.git("origin", "config", "uploadpack.allowFilter", "true");
  scratch.git("origin", "config", "uploadpack.allowAnySHA1InWant", "true");
  writeFileSync(join(scratch.path, "origin", folder, "layerkeep.yml"), text);
  scratch.git("origin", "add", "--all");
  scratch.git("origin", "commit", "-q", "-m", text);
}

const clone = (...flags: string[]) =>
  scratch.git("", "clone", "-q", ...flags, `file://${scratch.path}/origin`, "app");

describe("askDefaultBranch", () => {
  it("returns the branch of the remote's HEAD, whatever the clone has", async () => {
    clone();
    scratch.git("origin", "checkout", "-q", "-b", "trunk");
    expect(await askDefaultBranch(scratch.options("app"))).toEqual({ value: "trunk" });
  });

  it("explains why there is no answer", async () => {
    clone();
    scratch.git("origin", "checkout", "-q", "--detach");
    expect(await askDefaultBranch(scratch.options("app"))).toEqual({
      problem: "origin did not report its default branch",
    });
    scratch.git("app", "remote", "set-url", "origin", `file://${scratch.path}/gone`);
    expect(JSON.stringify(await askDefaultBranch(scratch.options("app")))).toMatch(
      /^\{"problem":"could not reach origin: fatal: /,
    );
    scratch.git("app", "remote", "remove", "origin");
    expect(JSON.stringify(await askDefaultBranch(scratch.options("app")))).toMatch(
      /^\{"problem":"could not reach origin: fatal: /,
    );
  });
});

describe("readOnRemoteBranch", () => {
  const read = (branch = "main", file = "layerkeep.yml") =>
    readOnRemoteBranch(scratch.options("app"), branch, file);

  it.each([
    ["a complete clone", []],
    ["a shallow clone of another branch", ["--depth=1", "--branch=topic"]],
    ["a partial clone without a working tree", ["--filter=blob:none", "--no-checkout"]],
  ])("reads the tip of the branch in %s", async (_, flags) => {
    write("main", "main's own");
    write("topic", "topic's own");
    clone(...flags);
    expect(await read()).toEqual({ value: "main's own" });
  });

  it("reads the current tip, not the cloned one", async () => {
    write("main", "old");
    clone();
    write("main", "new");
    expect(await read()).toEqual({ value: "new" });
  });

  it("leaves the history of a complete clone complete", async () => {
    write("main", "old");
    clone();
    write("main", "new");
    await read();
    expect(scratch.git("app", "rev-parse", "--is-shallow-repository")).toBe("false");
    expect(scratch.git("app", "rev-list", "--count", "origin/main")).toBe("3");
  });

  it("uses the branch as it was last fetched if the remote does not answer", async () => {
    write("main", "old");
    clone();
    scratch.git("app", "remote", "set-url", "origin", `file://${scratch.path}/gone`);
    expect(await read()).toEqual({ value: "old" });
  });

  it("reports what is missing", async () => {
    write("main", "x");
    clone();
    expect(await read("release")).toEqual({ problem: "origin has no branch release" });
    expect(await read("main", "other.yml")).toEqual({
      problem: "branch main does not contain other.yml",
    });
    expect(await read("--upload-pack=x")).toEqual({
      problem: '"--upload-pack=x" is not a valid branch name',
    });
    expect(await read("a:refs/heads/b")).toEqual({
      problem: '"a:refs/heads/b" is not a valid branch name',
    });
  });
});
