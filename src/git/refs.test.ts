import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeScratchFolder, type ScratchFolder } from "../../test/support/scratch-repository.ts";
import { missingRevision, newestRefs } from "./refs.ts";

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = makeScratchFolder();
  scratch.init("app");
});
afterEach(() => scratch[Symbol.dispose]());

/** A branch of a remote that was fetched. */
function fetched(name: string): void {
  scratch.git("app", "update-ref", `refs/remotes/${name}`, "HEAD");
}

it("lists branches, branches of remotes and tags", async () => {
  scratch.git("app", "tag", "v1");
  fetched("origin/release/1");
  const refs = await newestRefs(scratch.options("app"), 10);
  expect([...refs].sort((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: "main", kind: "branch" },
    { name: "origin/release/1", kind: "remote branch" },
    { name: "v1", kind: "tag" },
  ]);
  expect(await newestRefs(scratch.options("app"), 1)).toHaveLength(1);
});

describe("a revision that a clone does not have", () => {
  const hint = async (revision: string): Promise<string | undefined> => {
    const error = await missingRevision(scratch.options("app"), revision);
    expect(error.message).toBe(`this clone has no revision "${revision}"`);
    return error.hint;
  };

  it("is perhaps one that is spelled nearly so, or a remote's", async () => {
    fetched("origin/release/1");
    expect(await hint("mian")).toBe("did you mean main?");
    expect(await hint("origin/relaese/1")).toBe("did you mean origin/release/1?");
    expect(await hint("release/1")).toBe("did you mean origin/release/1?");
  });

  it("has to be fetched, under the name that it then has", async () => {
    scratch.git("app", "remote", "add", "upstream", "https://example.com/app.git");
    expect(await hint("topic")).toBe("run `git fetch upstream`, then use upstream/topic");
    expect(await hint("upstream/topic")).toBe(
      "run `git fetch upstream` if upstream has that branch",
    );
    scratch.git("app", "remote", "add", "origin", "https://example.com/app.git");
    expect(await hint("topic")).toBe("run `git fetch origin`, then use origin/topic");
    expect(await hint("origin/main")).toBe("run `git fetch origin` if origin has that branch");
  });

  it("cannot be fetched without a remote", async () => {
    expect(await hint("origin/main")).toBe(
      "this clone has no remote: use one of its branches, tags or commits",
    );
  });
});
