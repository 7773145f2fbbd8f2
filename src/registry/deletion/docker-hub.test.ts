import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import {
  type FakeDockerHub,
  hubReader,
  hubUser,
  startFakeDockerHub,
} from "../../../test/support/providers/docker-hub.ts";
import { FormatError, RegistryError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { DockerHubRemover } from "./docker-hub.ts";
import type { Removal, Target } from "./remover.ts";

let bench: RemoverBench;
let hub: FakeDockerHub;
beforeEach(async () => {
  bench = removerBench();
  hub = await startFakeDockerHub("acme/app");
});
afterEach(async () => {
  bench[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

const repository = () => ({ host: hub.host, path: "acme/app" });
const remover = (user = hubUser) =>
  new DockerHubRemover(bench.context, { ...user, apiUrl: `http://${hub.host}` });
const remove = (...targets: Target[]): Promise<readonly Removal[]> =>
  remover().remove(repository(), targets);

describe("deleting in Docker Hub", () => {
  it("logs in once and deletes tags, and nothing else", async () => {
    const first = hub.shelf.image("first", "v1", "latest");
    expect(await remove({ tag: "v1" }, { tag: "never" })).toEqual([
      { target: { tag: "v1" }, outcome: "deleted" },
      { target: { tag: "never" }, outcome: "absent" },
    ]);
    expect(hub.shelf.state()).toEqual({ tags: { latest: first }, manifests: [first] });
    expect([...hub.lines()].sort()).toEqual([
      "DELETE /v2/repositories/acme/app/tags/never/",
      "DELETE /v2/repositories/acme/app/tags/v1/",
      "POST /v2/auth/token",
    ]);
  });

  it("deletes manifests through the registry once no tag names them", async () => {
    const first = hub.shelf.image("first", "v1", "v1.0");
    const kept = hub.shelf.image("kept", "v2");
    const removals = await remove({ digest: first }, { tag: "v1" }, { tag: "v1.0" });
    expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted", "deleted"]);
    expect(await remove({ digest: first })).toMatchObject([{ outcome: "absent" }]);
    expect(hub.shelf.state()).toEqual({ tags: { v2: kept }, manifests: [kept] });
  });

  it("refuses to delete a manifest that a tag names or that a tagged index contains", async () => {
    const child = hub.shelf.image("child");
    const index = hub.shelf.index([child], "v1");
    const before = hub.shelf.state();
    expect(await remove({ digest: child }, { digest: index })).toEqual([
      {
        target: { digest: child },
        outcome: "refused",
        reason: `deleting ${child} would break the index at v1`,
        hint: "delete the index as well, or keep both",
        tags: ["v1"],
      },
      {
        target: { digest: index },
        outcome: "refused",
        reason: `Docker Hub keeps a manifest as long as it has a tag: v1 also points to ${index}`,
        hint: "delete all tags of the manifest together, or keep it",
        tags: ["v1"],
      },
    ]);
    expect(hub.shelf.state()).toEqual(before);
    expect(hub.lines().filter((line) => line.startsWith("DELETE"))).toEqual([]);
  });

  it("deletes the children of an index once the index is gone", async () => {
    const child = hub.shelf.image("child");
    const index = hub.shelf.index([child], "v1");
    const removals = await remove({ digest: child }, { digest: index }, { tag: "v1" });
    expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted", "deleted"]);
    expect(hub.shelf.state()).toEqual({ tags: {}, manifests: [] });
  });

  it("reports what Docker Hub itself refuses: a child of an untagged index", async () => {
    const child = hub.shelf.image("child");
    hub.shelf.index([child]);
    expect(await remove({ digest: child })).toEqual([
      {
        target: { digest: child },
        outcome: "refused",
        reason: `Docker Hub refused to delete ${child}: an index still contains it, or the token lacks delete permission`,
        hint: "first delete any index that contains the manifest, and check that the token has delete permission",
        tags: [],
      },
    ]);
  });

  it("finds the tag of a digest on any page", async () => {
    for (let number = 0; number < 230; number++) hub.shelf.image(`${number}`, `t${number}`);
    const last = hub.shelf.image("last", "last");
    expect(await remove({ digest: last })).toMatchObject([{ outcome: "refused", tags: ["last"] }]);
    expect(hub.lines().filter((line) => line.includes("page="))).toHaveLength(3);
  });

  it("reports a refusal for one tag, and deletes the others", async () => {
    const digest = hub.shelf.image("first", "v1", "v2");
    hub.immutable.add("v1");
    expect(await remove({ tag: "v1" }, { tag: "v2" }, { digest })).toMatchObject([
      { outcome: "refused", reason: "Docker Hub refused the request: 400 tag is immutable" },
      { outcome: "deleted" },
      { outcome: "refused", tags: ["v1"] },
    ]);
  });

  it("logs in again if its token is rejected", async () => {
    hub.shelf.image("first", "v1", "v2");
    const one = remover();
    await one.remove(repository(), [{ tag: "v1" }]);
    hub.expireTokens();
    expect(await one.remove(repository(), [{ tag: "v2" }])).toMatchObject([{ outcome: "deleted" }]);
    expect(hub.lines().filter((line) => line.startsWith("POST"))).toHaveLength(2);
  });

  it("waits until the time that a 429 names", async () => {
    hub.shelf.image("first", "v1");
    const second = String(bench.time.clock() / 1000 + 42);
    hub.instead.push({ status: 429, headers: { "x-retry-after": second } });
    expect(await remove({ tag: "v1" })).toMatchObject([{ outcome: "deleted" }]);
    expect(bench.time.waits).toEqual([42_000]);
  });

  it("gives up after five tries, and says when to retry", async () => {
    hub.instead.push(...Array.from({ length: 5 }, () => ({ status: 429 })));
    const failed = await remove({ tag: "v1" }).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      status: 429,
      hint: expect.stringContaining("60 seconds") as unknown,
    });
    expect(bench.time.waits).toEqual([60_000, 60_000, 60_000, 60_000]);
  });
});

describe("a Docker Hub that fails", () => {
  it.each([
    [{ username: "acme", token: "wrong-secret" }, 401, "work with `docker login`"],
    [hubReader, 403, "delete permission"],
  ])("stops if %j is rejected", async (user, status, hint) => {
    for (let number = 0; number < 50; number++) hub.shelf.image(`${number}`, `t${number}`);
    const before = hub.shelf.state();
    const targets = Object.keys(before.tags).map((tag) => ({ tag }));
    const failed = await remover(user)
      .remove(repository(), targets)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RegistryError);
    expect(failed).toMatchObject({ status, hint: expect.stringContaining(hint) as unknown });
    expect(String(failed)).not.toContain(user.token);
    expect(hub.shelf.state()).toEqual(before);
    expect(hub.lines().length).toBeLessThan(10);
  });

  it("treats an unknown repository as empty", async () => {
    const other = { host: hub.host, path: "acme/other" };
    const digest = hub.shelf.image("first", "v1");
    expect(await remover().remove(other, [{ tag: "v1" }, { digest }])).toEqual([
      { target: { tag: "v1" }, outcome: "absent" },
      { target: { digest }, outcome: "absent" },
    ]);
    expect(hub.shelf.state()).toEqual({ tags: { v1: digest }, manifests: [digest] });
  });

  it.each([
    ["{}", undefined, "expected a token"],
    ['{"access_token":""}', undefined, "expected a token"],
    ['{"access_token":"t"}', '{"count":1}', "expected a page of tags"],
    ['{"access_token":"t"}', '{"results":[{"name":"v1"}]}', "tags with their digests"],
    ['{"access_token":"t"}', "<html>", "expected a page of tags"],
  ])("rejects the answers %s and %s", async (login, tags, message) => {
    hub.instead.push({ status: 200, body: login }, { status: 200, body: tags ?? "" });
    const removal = remove({ digest: digestOf("x") });
    await expect(removal).rejects.toThrow(FormatError);
    hub.instead.splice(0);
    hub.instead.push({ status: 200, body: login }, { status: 200, body: tags ?? "" });
    await expect(remove({ digest: digestOf("x") })).rejects.toThrow(message);
  });

  it("stops reading an endless listing", async () => {
    const body = '{"results":[],"next":"http://hub/again"}';
    hub.instead.push({ status: 200, body: '{"access_token":"t"}' });
    hub.instead.push(...Array.from({ length: 1001 }, () => ({ status: 200, body })));
    await expect(remove({ digest: digestOf("x") })).rejects.toThrow("too many tags to list");
  }, 30_000);
});
