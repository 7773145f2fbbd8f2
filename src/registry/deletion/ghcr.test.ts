import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import {
  type FakeGhcr,
  type FakeGhcrOptions,
  startFakeGhcr,
} from "../../../test/support/providers/ghcr.ts";
import { FormatError, RegistryError, UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { GhcrRemover } from "./ghcr.ts";
import type { Removal, Target } from "./remover.ts";

let bench: RemoverBench;
let ghcr: FakeGhcr;
const open: AsyncDisposable[] = [];
beforeEach(async () => {
  bench = removerBench();
  ghcr = await start();
});
afterEach(async () => {
  bench[Symbol.dispose]();
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

async function start(options: Partial<FakeGhcrOptions> = {}): Promise<FakeGhcr> {
  const { clock } = bench.time;
  const fake = await startFakeGhcr({
    owner: "acme",
    ownerType: "Organization",
    name: "app/cpu",
    clock,
    ...options,
  });
  open.push(fake);
  return fake;
}

const repository = () => ({ host: ghcr.host, path: "acme/app/cpu" });
const remover = (token = "ghp-all") =>
  new GhcrRemover(bench.context, { token, apiUrl: `http://${ghcr.host}` });
const remove = (...targets: Target[]): Promise<readonly Removal[]> =>
  remover().remove(repository(), targets);

describe("deleting in GHCR", () => {
  it("deletes the versions of tags and digests, and nothing else", async () => {
    ghcr.shelf.image("first", "v1");
    const loose = ghcr.shelf.image("loose");
    const stays = ghcr.shelf.image("stays");
    const kept = ghcr.shelf.image("kept", "v2");
    expect(await remove({ tag: "v1" }, { digest: loose }, { tag: "v3" })).toEqual([
      { target: { tag: "v1" }, outcome: "deleted" },
      { target: { digest: loose }, outcome: "deleted" },
      { target: { tag: "v3" }, outcome: "absent" },
    ]);
    expect(ghcr.shelf.state()).toEqual({ tags: { v2: kept }, manifests: [stays, kept] });
    expect(ghcr.lines().slice(0, 3)).toEqual([
      "GET /users/acme",
      "GET /orgs/acme/packages/container/app%2Fcpu/versions?per_page=100&page=1",
      "GET /orgs/acme/packages/container/app%2Fcpu/versions?per_page=100&page=2",
    ]);
  });

  it("refuses a tag if its version has another tag that stays", async () => {
    const digest = ghcr.shelf.image("first", "old", "v1", "v1.0");
    ghcr.shelf.image("second", "v2");
    const before = ghcr.shelf.state();
    expect(await remove({ tag: "old" }, { digest })).toEqual(
      [{ tag: "old" }, { digest }].map((target) => ({
        target,
        outcome: "refused",
        reason: `GHCR deletes a version along with all of its tags: v1, v1.0 also point to ${digest}`,
        hint: "delete all tags of the manifest together, or keep it",
        tags: ["v1", "v1.0"],
      })),
    );
    expect(ghcr.shelf.state()).toEqual(before);
  });

  it("deletes a version once, if all of its tags are to be deleted", async () => {
    const digest = ghcr.shelf.image("first", "old", "older");
    ghcr.shelf.image("second", "v2");
    const removals = await remove({ tag: "old" }, { tag: "older" }, { digest });
    expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted", "deleted"]);
    expect(ghcr.lines().filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
  });

  it("keeps everything below a tagged index", async () => {
    const child = ghcr.shelf.image("child", "staging");
    const loose = ghcr.shelf.image("loose");
    const inner = ghcr.shelf.index([loose]);
    ghcr.shelf.index([child, inner], "v1");
    const before = ghcr.shelf.state();
    const removals = await remove({ tag: "staging" }, { digest: loose }, { digest: inner });
    expect(removals[0]).toEqual({
      target: { tag: "staging" },
      outcome: "refused",
      reason: `deleting ${child} would break the index at v1`,
      hint: "delete the index as well, or keep both",
      tags: ["v1"],
    });
    expect(removals.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "refused"]);
    expect(ghcr.shelf.state()).toEqual(before);
  });

  it("deletes an index before its children", async () => {
    const child = ghcr.shelf.image("child", "staging");
    ghcr.shelf.index([child], "v1");
    const kept = ghcr.shelf.image("kept", "v2");
    const removals = await remove({ tag: "staging" }, { tag: "v1" });
    expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted"]);
    expect(ghcr.shelf.state()).toEqual({ tags: { v2: kept }, manifests: [kept] });
  });

  it("keeps the children of an index that GitHub does not delete", async () => {
    const child = ghcr.shelf.image("child");
    const index = ghcr.shelf.index([child], "v1");
    ghcr.popular.add(index);
    expect(await remove({ digest: child }, { tag: "v1" })).toEqual([
      {
        target: { digest: child },
        outcome: "refused",
        reason: `deleting ${child} would break the index at v1`,
        hint: "delete the index as well, or keep both",
        tags: ["v1"],
      },
      {
        target: { tag: "v1" },
        outcome: "refused",
        reason:
          "GitHub refused the request: Publicly visible package versions with more than 5000 downloads cannot be deleted. Contact GitHub support for further assistance.",
        hint: "contact GitHub Support: only they can delete public versions with more than 5,000 downloads",
        tags: [],
      },
    ]);
    expect(ghcr.shelf.state().manifests).toEqual([child, index]);
  });

  it("explains why the last tagged version stays", async () => {
    ghcr.shelf.image("first", "v1");
    ghcr.shelf.image("loose");
    expect(await remove({ tag: "v1" })).toEqual([
      {
        target: { tag: "v1" },
        outcome: "refused",
        reason:
          "GitHub refused the request: You cannot delete the last tagged version of a package. You must delete the package instead.",
        hint: "keep one tag, or delete the entire package in its settings",
        tags: [],
      },
    ]);
  });

  it("deletes nothing if an index that stays cannot be read", async () => {
    const child = ghcr.shelf.image("child");
    ghcr.shelf.index([child], "v1");
    const before = ghcr.shelf.state();
    // The registry credentials may not read the package.
    const read = ghcr.shelf.read.bind(ghcr.shelf);
    Object.assign(ghcr.shelf, { read: () => ({ status: 404 }) });
    const failed = await remove({ digest: child }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(FormatError);
    expect(String(failed)).toContain("nothing was deleted");
    Object.assign(ghcr.shelf, { read });
    expect(ghcr.shelf.state()).toEqual(before);
  });

  it("notices a tag that was added while others were deleted", async () => {
    const digest = ghcr.shelf.image("first", "v1");
    ghcr.shelf.image("second", "v2");
    ghcr.meanwhile = () => void ghcr.shelf.tags.set("release", digest);
    expect(await remove({ tag: "v1" })).toMatchObject([{ outcome: "refused", tags: ["release"] }]);
    ghcr.meanwhile = () => ghcr.shelf.remove(digest);
    const [removal] = await remove({ tag: "v1" }, { tag: "release" });
    expect(removal).toEqual({ target: { tag: "v1" }, outcome: "absent" });
  });

  it("deletes hundreds without reaching GitHub's rate limit", async () => {
    const kept = ghcr.shelf.image("kept", "latest");
    const targets = Array.from({ length: 250 }, (_, number) => ({ tag: `t${number}` }));
    for (const { tag } of targets) ghcr.shelf.image(tag, tag);
    const removals = await remove(...targets);
    expect(new Set(removals.map(({ outcome }) => outcome))).toEqual(new Set(["deleted"]));
    expect(ghcr.limited).toBe(0);
    expect(bench.time.waits).toEqual(Array.from({ length: 249 }, () => 400));
    expect(ghcr.shelf.state()).toEqual({ tags: { latest: kept }, manifests: [kept] });
  }, 30_000);

  it("waits if another client used up the rate limit", async () => {
    ghcr.shelf.image("first", "v1");
    ghcr.shelf.image("second", "v2");
    const now = bench.time.clock() / 1000;
    ghcr.instead.push(
      { status: 403, headers: { "retry-after": "30" }, body: "{}" },
      {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now + 75) },
        body: "{}",
      },
      { status: 403, body: '{"message":"You have exceeded a secondary rate limit."}' },
    );
    expect(await remove({ tag: "v1" })).toMatchObject([{ outcome: "deleted" }]);
    expect(bench.time.waits).toEqual([30_000, 45_000, 60_000]);
  });

  it("does not wait for an hour", async () => {
    const headers = {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(bench.time.clock() / 1000 + 3600),
    };
    ghcr.instead.push({ status: 403, headers, body: '{"message":"API rate limit exceeded"}' });
    await expect(remove({ tag: "v1" })).rejects.toMatchObject({
      status: 403,
      hint: "wait 3600 seconds, then run the command again to delete the rest",
    });
    expect(bench.time.waits).toEqual([]);
  });

  it("stops on abort", async () => {
    const stop = new AbortController();
    for (const tag of ["a", "b", "c", "d"]) ghcr.shelf.image(tag, tag);
    const targets = [{ tag: "a" }, { tag: "b" }, { tag: "c" }];
    const onRemoval = () => stop.abort(new Error("stopped"));
    const removal = remover().remove(repository(), targets, { signal: stop.signal, onRemoval });
    await expect(removal).rejects.toThrow("stopped");
    expect(Object.keys(ghcr.shelf.state().tags)).toHaveLength(3);
  });
});

describe("the owner of a package", () => {
  it.each([
    ["the token's own user, whose packages may be private", "acme", "/user/packages/"],
    ["another user", "someone", "/users/acme/packages/"],
    ["a user, with a workflow's token", undefined, "/users/acme/packages/"],
  ])("is found for %s", async (_, login, place) => {
    ghcr = await start({ ownerType: "User", ...(login === undefined ? {} : { login }) });
    ghcr.shelf.image("first", "v1");
    ghcr.shelf.image("second", "v2");
    expect(await remove({ tag: "v1" })).toMatchObject([{ outcome: "deleted" }]);
    expect(ghcr.lines().filter((line) => line.includes(place)).length).toBeGreaterThan(2);
  });
});

describe("a GitHub that fails", () => {
  it.each([
    ["wrong", 401, "classic personal access token"],
    ["ghp-none", 404, "read:packages and delete:packages"],
    ["ghp-read", 404, "read:packages and delete:packages"],
  ])("explains what the token %s lacks", async (token, status, hint) => {
    ghcr.shelf.image("first", "v1");
    ghcr.shelf.image("second", "v2");
    const before = ghcr.shelf.state();
    const failed = await remover(token)
      .remove(repository(), [{ tag: "v1" }])
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RegistryError);
    expect(failed).toMatchObject({ status, hint: expect.stringContaining(hint) as unknown });
    expect(String(failed)).not.toContain(token);
    expect(ghcr.shelf.state()).toEqual(before);
  });

  it("does not treat an unknown package as empty", async () => {
    const other = { host: ghcr.host, path: "acme/other" };
    await expect(remover().remove(other, [{ tag: "v1" }])).rejects.toMatchObject({ status: 404 });
  });

  it("rejects a repository that is not a package", async () => {
    const none = { host: ghcr.host, path: "acme" };
    await expect(remover().remove(none, [{ tag: "v1" }])).rejects.toThrow(UsageError);
  });

  it.each([
    ["<html>", "the type of the owner"],
    ['{"type":"Bot"}', "the type of the owner"],
  ])("rejects an owner like %s", async (body, message) => {
    ghcr.instead.push({ status: 200, body });
    await expect(remove({ tag: "v1" })).rejects.toThrow(message);
  });

  it.each([
    ["{}", "a list of versions"],
    ['[{"id":1}]', "container versions"],
    [
      `[{"id":1,"name":"${digestOf("x")}","metadata":{"package_type":"npm"}}]`,
      "container versions",
    ],
  ])("rejects versions like %s", async (body, message) => {
    const owner = { status: 200, body: '{"type":"Organization"}' };
    ghcr.instead.push(owner, { status: 200, body });
    await expect(remove({ tag: "v1" })).rejects.toThrow(
      `expected ${message} from GitHub in response to`,
    );
  });

  it("stops reading an endless listing", async () => {
    const owner = { status: 200, body: '{"type":"Organization"}' };
    const body = `[{"id":1,"name":"${digestOf("x")}","metadata":{"container":{"tags":[]}}}]`;
    ghcr.instead.push(owner, ...Array.from({ length: 1001 }, () => ({ status: 200, body })));
    await expect(remove({ tag: "v1" })).rejects.toThrow("has too many versions to list");
  }, 30_000);
});
