import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { readGitFacts } from "./facts.ts";
import { makeScratchFolder, type ScratchFolder } from "../../test/support/scratch-repository.ts";

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = makeScratchFolder();
});
afterEach(() => {
  scratch[Symbol.dispose]();
});

describe("readGitFacts", () => {
  it("reads a clean checkout of a branch", async () => {
    const head = scratch.init("app");
    scratch.git("app", "tag", "v1");
    scratch.git("app", "tag", "-a", "-m", "x", "v1.0.0");
    scratch.git("app", "remote", "add", "origin", "https://u:secret@github.com/acme/app.git");
    expect(await readGitFacts(scratch.options("app"))).toEqual({
      root: join(scratch.path, "app"),
      head,
      commitDate: "2026-11-21T05:00:00+01:00",
      branch: "main",
      tags: ["v1", "v1.0.0"],
      dirty: false,
      remoteUrl: "https://github.com/acme/app",
      defaultBranch: "main",
      shallow: false,
    });
  });

  it("reads from a folder below the root", async () => {
    scratch.init("app");
    mkdirSync(join(scratch.path, "app/sub"));
    const facts = await readGitFacts(scratch.options("app/sub"));
    expect(facts?.root).toBe(join(scratch.path, "app"));
  });

  it("has no head before the first commit", async () => {
    mkdirSync(join(scratch.path, "app"));
    scratch.git("app", "init", "-q", "-b", "trunk");
    expect(await readGitFacts(scratch.options("app"))).toEqual({
      root: join(scratch.path, "app"),
      head: undefined,
      commitDate: undefined,
      branch: "trunk",
      tags: [],
      dirty: false,
      remoteUrl: undefined,
      defaultBranch: undefined,
      shallow: false,
    });
  });

  it("has no branch if the head is detached", async () => {
    const head = scratch.init("app");
    scratch.git("app", "checkout", "-q", "--detach");
    const facts = await readGitFacts(scratch.options("app"));
    expect([facts?.head, facts?.branch]).toEqual([head, undefined]);
  });

  it("reads a worktree as a separate checkout", async () => {
    scratch.init("app");
    scratch.git("app", "worktree", "add", "-q", "-b", "side", "../side");
    const head = scratch.commit("side", "second");
    const facts = await readGitFacts(scratch.options("side"));
    expect([facts?.root, facts?.head, facts?.branch]).toEqual([
      join(scratch.path, "side"),
      head,
      "side",
    ]);
  });

  it.each([
    ["a changed file", "first"],
    ["an untracked file", "new"],
  ])("calls %s dirty", async (_what, name) => {
    scratch.init("app");
    writeFileSync(join(scratch.path, "app", name), "changed");
    expect((await readGitFacts(scratch.options("app")))?.dirty).toBe(true);
  });

  it("does not call an ignored file dirty", async () => {
    scratch.init("app");
    writeFileSync(join(scratch.path, "app/.git/info/exclude"), "out\n");
    writeFileSync(join(scratch.path, "app/out"), "x");
    expect((await readGitFacts(scratch.options("app")))?.dirty).toBe(false);
  });

  it("uses the remote's default branch", async () => {
    scratch.init("origin");
    scratch.git("origin", "checkout", "-q", "-b", "trunk");
    scratch.git("", "clone", "-q", `file://${scratch.path}/origin`, "app");
    scratch.git("app", "checkout", "-q", "-b", "main");
    expect((await readGitFacts(scratch.options("app")))?.defaultBranch).toBe("trunk");
  });

  it("uses the only remote, and none of several if none is origin", async () => {
    scratch.init("app");
    scratch.git("app", "remote", "add", "upstream", "git@github.com:acme/app.git");
    expect((await readGitFacts(scratch.options("app")))?.remoteUrl).toBe(
      "https://github.com/acme/app",
    );
    scratch.git("app", "remote", "add", "mine", "git@github.com:me/app.git");
    expect((await readGitFacts(scratch.options("app")))?.remoteUrl).toBeUndefined();
  });

  it("sees that a clone is shallow", async () => {
    scratch.init("origin");
    scratch.commit("origin", "second");
    scratch.git("", "clone", "-q", "--depth=1", `file://${scratch.path}/origin`, "app");
    expect((await readGitFacts(scratch.options("app")))?.shallow).toBe(true);
  });

  it("finds nothing outside a checkout, in a bare repository or in a missing folder", async () => {
    mkdirSync(join(scratch.path, "empty"));
    mkdirSync(join(scratch.path, "bare"));
    scratch.git("bare", "init", "-q", "--bare");
    for (const folder of ["empty", "bare", "gone"]) {
      expect(await readGitFacts(scratch.options(folder))).toBeUndefined();
    }
  });

  it("finds nothing if git is not installed", async () => {
    scratch.init("app");
    const git = scratch.options("app");
    expect(await readGitFacts({ ...git, env: { PATH: join(scratch.path, "empty") } })).toBe(
      undefined,
    );
  });

  it("says what to do if another user owns the checkout", async () => {
    const bin = join(scratch.path, "bin");
    mkdirSync(bin);
    mkdirSync(join(scratch.path, "app"));
    // Changing a file's owner requires root, so use a fake git that complains.
    writeFileSync(
      join(bin, "git"),
      "#!/bin/sh\necho \"fatal: detected dubious ownership in repository at '/ci/app'\" >&2\nexit 128\n",
    );
    chmodSync(join(bin, "git"), 0o755);
    const git = scratch.options("app");
    const failure = await readGitFacts({ ...git, env: { PATH: bin } }).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure).toMatchObject({
      message: expect.stringContaining(
        "fatal: detected dubious ownership in repository at '/ci/app'",
      ) as unknown,
      hint: "run `git config --global --add safe.directory /ci/app` to trust this checkout, which is owned by another user",
    });
  });

  it("stops on abort", async () => {
    scratch.init("app");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(readGitFacts({ ...scratch.options("app"), signal })).rejects.toThrow("enough");
  });
});
