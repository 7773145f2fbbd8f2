import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import { json, Shelf } from "../../../test/support/providers/shelf.ts";
import {
  type ScriptedAnswer,
  type ScriptedServer,
  type SeenRequest,
  startScript,
} from "../../../test/support/scripted-server.ts";
import { isDigest } from "../../oci/digest.ts";
import { OciRemover } from "./oci.ts";
import type { Removal, Target } from "./remover.ts";

let bench: RemoverBench;
let shelf: Shelf;
let onDelete: (name: string) => ScriptedAnswer;
const servers: ScriptedServer[] = [];
beforeEach(() => {
  bench = removerBench();
  shelf = new Shelf("acme/app");
});
afterEach(async () => {
  bench[Symbol.dispose]();
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

/** A registry that reads normally, and deletes as the test requires. */
async function start(instead?: (request: SeenRequest) => ScriptedAnswer | undefined) {
  const server = await startScript((request) => {
    const { method, url } = request;
    const early = instead?.(request);
    if (early !== undefined) return early;
    if (url.includes("/tags/list")) return json(200, { tags: [...shelf.tags.keys()] });
    const name = url.slice(url.lastIndexOf("/") + 1);
    return method === "DELETE" ? onDelete(name) : (shelf.read(request) ?? { status: 404 });
  });
  servers.push(server);
  const remover = new OciRemover(bench.context.transport);
  const repository = { host: server.host, path: "acme/app" };
  const remove = (targets: readonly Target[], o = {}) => remover.remove(repository, targets, o);
  const deletions = () => server.lines().filter((line) => line.startsWith("DELETE"));
  return { remove, deletions, server };
}

const error = (status: number, code: string, message: string) =>
  json(status, { errors: [{ code, message }] });
/** Tags can be deleted only with their manifest. */
const byDigest = (refusal: ScriptedAnswer) => (name: string) => {
  if (!isDigest(name)) return refusal;
  shelf.remove(name);
  return { status: 202 };
};

describe("a registry that cannot delete a single tag", () => {
  it.each([
    ["400 as the spec allows", error(400, "UNSUPPORTED", "unsupported")],
    ["400 as the CNCF registry does", error(400, "DIGEST_INVALID", "did not match")],
    ["405", { status: 405 }],
    ["404 although the tag exists", error(404, "MANIFEST_UNKNOWN", "unknown")],
  ])("is recognised by %s, once", async (_, refusal) => {
    shelf.image("one", "a", "b");
    const shared = shelf.image("shared", "c", "kept");
    onDelete = byDigest(refusal);
    const { remove, deletions } = await start();
    const removals = await remove([{ tag: "a" }, { tag: "b" }, { tag: "c" }, { tag: "never" }]);
    expect(removals.map(({ outcome }) => outcome)).toEqual([
      "deleted",
      "deleted",
      "refused",
      "absent",
    ]);
    expect(removals[2]).toMatchObject({ tags: ["kept"] });
    expect(shelf.state()).toEqual({ tags: { c: shared, kept: shared }, manifests: [shared] });
    expect(deletions()).toHaveLength(2);
  });

  it("deletes nothing if deletion is disabled", async () => {
    shelf.image("one", "a");
    onDelete = () => error(405, "UNSUPPORTED", "The operation is unsupported.");
    const { remove } = await start();
    const [removal] = await remove([{ tag: "a" }]);
    expect(removal).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("deletion is disabled in the registry") as unknown,
      hint: expect.stringContaining("REGISTRY_STORAGE_DELETE_ENABLED") as unknown,
    });
  });
});

describe("a registry that refuses", () => {
  it.each([409, 412, 423])("one tag with %s still deletes the others", async (status) => {
    shelf.image("one", "locked", "a");
    onDelete = (name) => {
      if (name === "locked") return error(status, "DENIED", "it is immutable");
      shelf.tags.delete(name);
      return { status: 202 };
    };
    const { remove } = await start();
    expect(await remove([{ tag: "locked" }, { tag: "a" }])).toEqual([
      {
        target: { tag: "locked" },
        outcome: "refused",
        reason: `the registry refused the request: ${status} DENIED: it is immutable`,
        hint: "check whether the tag is locked, immutable, or still in use",
        tags: [],
      },
      { target: { tag: "a" }, outcome: "deleted" },
    ]);
  });

  it("keeps the children of an index that it does not delete", async () => {
    const child = shelf.image("child");
    const index = shelf.index([child]);
    onDelete = (name) => (name === index ? error(409, "DENIED", "locked") : { status: 202 });
    const { remove, deletions } = await start();
    const removals = await remove([{ digest: child }, { digest: index }]);
    expect(removals).toMatchObject([{ outcome: "refused", tags: [index] }, { outcome: "refused" }]);
    expect(deletions()).toEqual([`DELETE /v2/acme/app/manifests/${index}`]);
  });

  it("our credentials ends the deletion, with a record of what was done", async () => {
    shelf.image("one", "a", "b");
    onDelete = (name) => (name === "a" ? { status: 202 } : error(403, "DENIED", "no"));
    const { remove } = await start();
    const seen: Removal[] = [];
    const o = { onRemoval: (removal: Removal) => void seen.push(removal) };
    await expect(remove([{ tag: "a" }, { tag: "b" }], o)).rejects.toMatchObject({ status: 403 });
    expect(seen).toEqual([{ target: { tag: "a" }, outcome: "deleted" }]);
  });
});

describe("what must stay", () => {
  it.each([
    ["a tag cannot be looked at", /HEAD .*\/kept$/],
    ["the tags cannot be listed", /GET .*tags\/list/],
    ["an index cannot be read", /GET .*manifests\/sha256/],
  ])("keeps everything if %s", async (_, broken) => {
    const child = shelf.image("child");
    shelf.index([shelf.image("other")], "kept");
    const before = shelf.state();
    onDelete = byDigest({ status: 405 });
    const { remove, deletions } = await start(({ method, url }) =>
      broken.test(`${method} ${url}`) ? { status: 500 } : undefined,
    );
    await expect(remove([{ digest: child }])).rejects.toMatchObject({ status: 500 });
    expect(deletions()).toEqual([]);
    expect(shelf.state()).toEqual(before);
  });

  it("is not looked up if tags can be deleted alone", async () => {
    shelf.image("one", "a", "b");
    onDelete = (name) => {
      shelf.tags.delete(name);
      return { status: 202 };
    };
    const { remove, server } = await start();
    await remove([{ tag: "a" }, { tag: "a" }]);
    expect(server.lines()).toEqual(["DELETE /v2/acme/app/manifests/a"]);
  });
});
