import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemEnv } from "../../../test/support/system-env.ts";
import { createContextHasher } from "../../inputs/files/context-files.ts";
import { gitStateReader } from "./read-git-state.ts";

const env = {
  ...systemEnv,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
};
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "layerkeep-git-state-")));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function git(folder: string, ...args: readonly string[]): string {
  mkdirSync(join(root, folder), { recursive: true });
  const all = ["-c", "protocol.file.allow=always", ...args];
  return execFileSync("git", all, { cwd: join(root, folder), env, encoding: "utf8" }).trim();
}

/** Creates a repository with a file, a submodule and one commit; returns the commit. */
function makeRepository(): string {
  git("library", "init", "-q", "-b", "main");
  writeFileSync(join(root, "library/l"), "l");
  git("library", "add", ".");
  git("library", "commit", "-qm", "one");
  git("app", "init", "-q", "-b", "main");
  writeFileSync(join(root, "app/a"), "a");
  git("app", "submodule", "--quiet", "add", join(root, "library"), "sub");
  git("app", "add", ".");
  git("app", "commit", "-qm", "one");
  return git("app", "rev-parse", "HEAD");
}

describe("the state of a repository", () => {
  it("is its own commit, and the branch and tag of the plan", async () => {
    const commit = makeRepository();
    const library = git("library", "rev-parse", "HEAD");
    const context = { branch: "topic", tag: "v1" };
    const read = gitStateReader(join(root, "app"), context, { env });
    const below = gitStateReader(join(root, "app/sub/deep"), context, { env });
    expect(await read(join(root, "app/.git"))).toEqual({ commit, branch: "topic", tags: ["v1"] });
    const alone = { commit: library, branch: undefined, tags: [] };
    expect(await read(join(root, "app/sub/.git"))).toEqual(alone);
    expect(await read(join(root, "library/.git"))).toEqual(alone);
    expect((await below(join(root, "app/sub/.git")))?.branch).toBe("topic");
  });

  it("is read from a worktree, whose .git is a file", async () => {
    const commit = makeRepository();
    git("app", "worktree", "add", "-q", "--detach", join(root, "tree"));
    const read = gitStateReader(join(root, "tree"), { branch: "b", tag: undefined }, { env });
    expect(await read(join(root, "tree/.git"))).toEqual({ commit, branch: "b", tags: [] });
  });

  it("is unknown without a repository, a commit, or git", async () => {
    makeRepository();
    mkdirSync(join(root, "app/fixture/.git"), { recursive: true });
    git("empty", "init", "-q");
    const context = { branch: undefined, tag: undefined };
    const read = gitStateReader(join(root, "app"), context, { env });
    expect(await read(join(root, "app/fixture/.git"))).toBeUndefined();
    expect(await read(join(root, "empty/.git"))).toBeUndefined();
    const without = gitStateReader(join(root, "app"), context, { env: { PATH: root } });
    expect(await without(join(root, "app/.git"))).toBeUndefined();
  });

  it("is the same in two clones, whose contexts have the same digest", async () => {
    makeRepository();
    git("app", "tag", "v1");
    git(".", "clone", "-q", "--recurse-submodules", "app", "one");
    git(".", "clone", "-q", "--depth=1", "--no-tags", `file://${root}/app`, "two");
    git("two", "submodule", "--quiet", "update", "--init");
    git("two", "checkout", "-q", "--detach");
    git("two", "gc", "-q");
    const digest = async (folder: string): Promise<string> => {
      const context = { branch: "main", tag: "v1" };
      const read = gitStateReader(join(root, folder), context, { env });
      return (await createContextHasher({ git: read })(join(root, folder))).digest;
    };
    const first = await digest("one");
    expect(await digest("two")).toBe(first);
    git("two", "commit", "-q", "--allow-empty", "-m", "two");
    expect(await digest("two")).not.toBe(first);
  });
});
