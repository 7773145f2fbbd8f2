import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import {
  type FakeQuay,
  quayReadToken,
  quayToken,
  startFakeQuay,
} from "../../../test/support/providers/quay.ts";
import { FormatError, RegistryError, UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { QuayRemover } from "./quay.ts";
import type { Removal } from "./remover.ts";

let bench: RemoverBench;
let quay: FakeQuay;
beforeEach(async () => {
  bench = removerBench();
  quay = await startFakeQuay("acme/app", bench.time.clock);
});
afterEach(async () => {
  bench[Symbol.dispose]();
  await quay[Symbol.asyncDispose]();
});

const repository = () => ({ host: quay.host, path: "acme/app" });
const remover = (token = quayToken) =>
  new QuayRemover(bench.context, { token, apiUrl: `http://${quay.host}` });

describe("deleting in Quay", () => {
  it("deletes tags only through the API, and keeps the others of the same manifest", async () => {
    const first = quay.shelf.image("first", "v1", "latest");
    quay.shelf.image("second", "v2");
    const removals = await remover().remove(repository(), [{ tag: "v1" }, { tag: "v2" }]);
    expect(removals).toEqual([
      { target: { tag: "v1" }, outcome: "deleted" },
      { target: { tag: "v2" }, outcome: "deleted" },
    ]);
    expect(quay.shelf.state()).toEqual({ tags: { latest: first }, manifests: [first] });
    expect([...quay.lines()].sort()).toEqual([
      "DELETE /api/v1/repository/acme/app/tag/v1",
      "DELETE /api/v1/repository/acme/app/tag/v2",
    ]);
  });

  it("reports what did not exist, in the repository or at all", async () => {
    expect(await remover().remove(repository(), [{ tag: "v1" }])).toEqual([
      { target: { tag: "v1" }, outcome: "absent" },
    ]);
    const digest = digestOf("never");
    const elsewhere = { host: quay.host, path: "acme/other" };
    expect(await remover().remove(elsewhere, [{ tag: "v1" }, { digest }])).toEqual([
      { target: { tag: "v1" }, outcome: "absent" },
      { target: { digest }, outcome: "absent" },
    ]);
  });

  it("deletes a manifest with all of its tags, and refuses if one of them stays", async () => {
    const [both, shared] = [
      quay.shelf.image("both", "a", "b"),
      quay.shelf.image("shared", "c", "d", "e"),
    ];
    const removals = await remover().remove(repository(), [
      { digest: both },
      { tag: "a" },
      { tag: "b" },
      { digest: shared },
      { tag: "c" },
    ]);
    expect(removals.map(({ outcome }) => outcome)).toEqual([
      "deleted",
      "deleted",
      "deleted",
      "refused",
      "deleted",
    ]);
    expect(removals[3]).toEqual({
      target: { digest: shared },
      outcome: "refused",
      reason: `Quay keeps a manifest as long as it has a tag: d, e also point to ${shared}`,
      hint: "delete all tags of the manifest together, or keep it",
      tags: ["d", "e"],
    });
    expect(quay.shelf.state()).toEqual({ tags: { d: shared, e: shared }, manifests: [shared] });
  });

  it("finds the tags of a digest on any page, except dead ones", async () => {
    for (let number = 0; number < 250; number++) quay.shelf.image(`${number}`, `t${number}`);
    const last = quay.shelf.image("last", "last");
    const [removal] = await remover().remove(repository(), [{ digest: last }]);
    expect(removal).toMatchObject({ outcome: "refused", tags: ["last"] });
    expect(quay.lines()).toHaveLength(3);
  });

  it("leaves an untagged manifest to Quay", async () => {
    const child = quay.shelf.image("child");
    quay.shelf.index([child], "v1");
    const [removal] = await remover().remove(repository(), [{ digest: child }]);
    expect(removal).toEqual({
      target: { digest: child },
      outcome: "refused",
      reason: `no tag points to ${child}, and Quay deletes only by tag`,
      hint: "if an index contains the manifest, delete the tags of that index; otherwise, Quay deletes the manifest automatically",
      tags: [],
    });
  });

  it("reports a refusal for one tag, and deletes the others", async () => {
    const digest = quay.shelf.image("first", "v1");
    quay.shelf.image("second", "v2");
    quay.immutable.add("v1");
    expect(await remover().remove(repository(), [{ tag: "v1" }, { tag: "v2" }])).toEqual([
      {
        target: { tag: "v1" },
        outcome: "refused",
        reason: "Quay refused the request: 409 Tag v1 is immutable",
        hint: "check whether the repository is read-only or a mirror, or whether the tag is immutable",
        tags: [],
      },
      { target: { tag: "v2" }, outcome: "deleted" },
    ]);
    expect(quay.shelf.state().tags).toEqual({ v1: digest });
  });
});

describe("a Quay that fails", () => {
  it.each([
    ["wrong", 401, "not the password of a robot account"],
    [quayReadToken, 403, "the scope repo:write"],
  ])("stops at the first tag with the token %s", async (token, status, hint) => {
    for (let number = 0; number < 50; number++) quay.shelf.image(`${number}`, `t${number}`);
    const before = quay.shelf.state();
    const targets = Object.keys(before.tags).map((tag) => ({ tag }));
    const failed = await remover(token)
      .remove(repository(), targets)
      .catch((e: unknown) => e);
    expect(failed).toBeInstanceOf(RegistryError);
    expect(failed).toMatchObject({ status, hint: expect.stringContaining(hint) as unknown });
    expect(String(failed)).not.toContain(token);
    expect(quay.shelf.state()).toEqual(before);
    expect(quay.lines().length).toBeLessThan(10);
  });

  it("reports what was done before it failed", async () => {
    quay.shelf.image("first", "v1");
    const seen: Removal[] = [];
    const targets = [{ tag: "v1" }, { tag: "v2" }, { tag: "v3" }, { tag: "v4" }, { tag: "v5" }];
    quay.instead.push(...Array.from({ length: 4 }, () => ({ status: 204 })), { status: 401 });
    const o = { onRemoval: (removal: Removal) => void seen.push(removal) };
    await expect(remover().remove(repository(), targets, o)).rejects.toThrow("401");
    expect(seen).toHaveLength(4);
  });

  it("waits as long as a 429 requires", async () => {
    quay.shelf.image("first", "v1");
    quay.instead.push({ status: 429, headers: { "retry-after": "7" } });
    const removals = await remover().remove(repository(), [{ tag: "v1" }]);
    expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted"]);
    expect(bench.time.waits).toEqual([7250]);
  });

  it.each([
    ["<html>", "expected a page of tags"],
    ['{"tags":[{"name":"v1"}],"has_additional":false}', "expected tags with their digests"],
    ['{"tags":[]}', "expected a page of tags"],
  ])("rejects a listing like %s", async (body, message) => {
    const digest = quay.shelf.image("first", "v1");
    quay.instead.push({ status: 200, body });
    const removal = remover().remove(repository(), [{ digest }, { tag: "v1" }]);
    await expect(removal).rejects.toThrow(FormatError);
    quay.instead.push({ status: 200, body });
    await expect(remover().remove(repository(), [{ digest }])).rejects.toThrow(message);
    expect(quay.shelf.state().tags).toEqual({ v1: digest });
  });
});

describe("expiring a tag in Quay", () => {
  it("sets and removes the expiry through the API, and changes nothing else", async () => {
    const digest = quay.shelf.image("first", "v1");
    const at = new Date("2026-12-01T00:00:00.900Z");
    expect(await remover().expireTag(repository(), "v1", at)).toBe(true);
    expect([...quay.expirations]).toEqual([["v1", 1_796_083_200]]);
    expect(await remover().expireTag(repository(), "v1", undefined)).toBe(true);
    expect([...quay.expirations]).toEqual([["v1", null]]);
    expect(quay.seen.map(({ body }) => body.toString())).toEqual([
      '{"expiration":1796083200}',
      '{"expiration":null}',
    ]);
    expect(quay.shelf.state()).toEqual({ tags: { v1: digest }, manifests: [digest] });
  });

  it("reports a missing tag", async () => {
    const at = new Date("2026-12-01T00:00:00Z");
    expect(await remover().expireTag(repository(), "v1", at)).toBe(false);
  });

  it("rejects a past or invalid time before any request", async () => {
    for (const at of [new Date("2026-11-21T00:00:00Z"), new Date(Number.NaN)]) {
      await expect(remover().expireTag(repository(), "v1", at)).rejects.toThrow(UsageError);
    }
    await expect(remover().expireTag(repository(), "../x", undefined)).rejects.toThrow(UsageError);
    expect(quay.seen).toEqual([]);
  });

  it("reports that the token lacks permission", async () => {
    quay.shelf.image("first", "v1");
    const set = remover(quayReadToken).expireTag(repository(), "v1", undefined);
    await expect(set).rejects.toMatchObject({ status: 403 });
  });
});
