import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { branchesContaining, isAncestor } from "./history.ts";
import { makeScratchFolder, type ScratchFolder } from "../../../test/support/scratch-repository.ts";

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = makeScratchFolder();
});
afterEach(() => {
  scratch[Symbol.dispose]();
});

/** A checkout as actions/checkout makes it: only one commit of one ref. */
function checkout(ref: string, depth = 1): void {
  scratch.git("", "init", "-q", "app");
  scratch.git("app", "remote", "add", "origin", `file://${scratch.path}/origin`);
  scratch.git("app", "fetch", "-q", "--no-tags", `--depth=${String(depth)}`, "origin", ref);
  scratch.git("app", "checkout", "-q", "--detach", "FETCH_HEAD");
}

describe("isAncestor", () => {
  it("answers in a complete clone, without a remote", async () => {
    const first = scratch.init("app");
    const second = scratch.commit("app", "second");
    scratch.git("app", "checkout", "-q", "-b", "side", first);
    const side = scratch.commit("app", "side");
    const git = scratch.options("app");
    expect(await isAncestor(git, first, second)).toBe("yes");
    expect(await isAncestor(git, first, first)).toBe("yes");
    expect(await isAncestor(git, second, first)).toBe("no");
    expect(await isAncestor(git, side, second)).toBe("no");
  });

  it("fetches history if the clone is shallow", async () => {
    const first = scratch.init("origin");
    for (const name of ["2", "3", "4"]) scratch.commit("origin", name);
    const head = scratch.git("origin", "rev-parse", "HEAD");
    checkout("main");
    const notes: string[] = [];
    expect(await isAncestor(scratch.options("app", notes), first, head)).toBe("yes");
    expect(notes).toEqual([]);
  });

  it("knows in a shallow clone that an old commit is not a descendant of a newer one", async () => {
    const old = scratch.init("origin");
    const newer = scratch.commit("origin", "second");
    checkout(old);
    expect(await isAncestor(scratch.options("app"), newer, old)).toBe("no");
  });

  it("fetches a branch that is missing from the clone", async () => {
    const first = scratch.init("origin");
    scratch.git("", "clone", "-q", `file://${scratch.path}/origin`, "app");
    const newer = scratch.commit("origin", "second");
    expect(await isAncestor(scratch.options("app"), newer, first)).toBe("no");
  });

  it("reports that it does not know a commit that a force push dropped", async () => {
    const first = scratch.init("origin");
    const gone = "9".repeat(40);
    scratch.git("", "clone", "-q", `file://${scratch.path}/origin`, "app");
    const notes: string[] = [];
    expect(await isAncestor(scratch.options("app", notes), gone, first)).toBe("unknown");
    expect(notes).toEqual([
      `cannot tell from this clone whether 999999999999 is an ancestor of ${first.slice(0, 12)}`,
    ]);
  });

  it("reports that history could not be fetched, without the remote's password", async () => {
    const first = scratch.init("app");
    const url = "http://user:secret@127.0.0.1:1/app.git";
    scratch.git("app", "remote", "add", "origin", url);
    const notes: string[] = [];
    expect(await isAncestor(scratch.options("app", notes), "9".repeat(40), first)).toBe("unknown");
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/^could not fetch history from origin: .*127\.0\.0\.1/);
    expect(notes.join()).not.toContain("secret");
  });

  it("accepts only commit ids", async () => {
    const first = scratch.init("app");
    expect(await isAncestor(scratch.options("app"), "--help", first)).toBe("unknown");
    expect(await isAncestor(scratch.options("app"), "", first)).toBe("unknown");
    expect(await isAncestor(scratch.options("app"), first, "HEAD")).toBe("unknown");
  });
});

describe("branchesContaining", () => {
  const hasMain = (branches: readonly string[]): boolean => branches.includes("main");

  it("returns the local branches if there is no remote", async () => {
    const first = scratch.init("app");
    scratch.git("app", "branch", "release/1.x");
    const second = scratch.commit("app", "second");
    const git = scratch.options("app");
    expect(await branchesContaining(git, first)).toEqual(["main", "release/1.x"]);
    expect(await branchesContaining(git, second)).toEqual(["main"]);
  });

  it("returns the remote's branches, not local ones", async () => {
    scratch.init("origin");
    scratch.git("", "clone", "-q", `file://${scratch.path}/origin`, "app");
    scratch.git("app", "checkout", "-q", "-b", "mine");
    const mine = scratch.commit("app", "mine");
    const git = scratch.options("app");
    expect(await branchesContaining(git, mine)).toEqual([]);
    expect(await branchesContaining(git, scratch.git("app", "rev-parse", "main"))).toEqual([
      "main",
    ]);
  });

  it("finds the branch of a tag in a checkout that has only the tag", async () => {
    scratch.init("origin");
    const tagged = scratch.commit("origin", "second");
    scratch.git("origin", "tag", "v1");
    scratch.commit("origin", "third");
    scratch.git("origin", "branch", "next");
    checkout("refs/tags/v1");
    const branches = await branchesContaining(scratch.options("app"), tagged, hasMain);
    expect(branches).toEqual(["main", "next"]);
  });

  it("finds no branch for a tag that is on none", async () => {
    const first = scratch.init("origin");
    scratch.git("origin", "checkout", "-q", "--detach");
    const loose = scratch.commit("origin", "loose");
    scratch.git("origin", "tag", "loose");
    scratch.git("origin", "checkout", "-q", "main");
    scratch.commit("origin", "second");
    checkout("refs/tags/loose");
    expect(await branchesContaining(scratch.options("app"), loose, hasMain)).toEqual([]);
    expect(await branchesContaining(scratch.options("app"), first, hasMain)).toEqual(["main"]);
  });

  it("reports that it does not know if the remote is unreachable", async () => {
    scratch.init("origin");
    const tagged = scratch.commit("origin", "second");
    scratch.git("origin", "tag", "v1");
    checkout("refs/tags/v1");
    scratch.git("app", "remote", "set-url", "origin", `file://${scratch.path}/gone`);
    const notes: string[] = [];
    expect(await branchesContaining(scratch.options("app", notes), tagged)).toBeUndefined();
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/^could not fetch history from origin: .*gone/);
    expect(notes[1]).toBe(
      `cannot tell from this clone which branches contain ${tagged.slice(0, 12)}`,
    );
  });

  it("does not know a missing commit", async () => {
    scratch.init("app");
    expect(await branchesContaining(scratch.options("app"), "9".repeat(40))).toBeUndefined();
    expect(await branchesContaining(scratch.options("app"), "--all")).toBeUndefined();
  });
});
