import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../test/support/images.ts";
import { scriptedRegistry } from "../../test/support/scripted-client.ts";
import type { Script } from "../../test/support/scripted-server.ts";
import { IntegrityError } from "../errors.ts";
import { digestOf } from "../oci/digest.ts";

const small = bytesOf("small", 1000);
const describeBytes = (bytes: Buffer) => ({
  mediaType: "x/y",
  digest: digestOf(bytes),
  size: bytes.length,
});

/**
 * A registry that keeps what it was sent, where `fault` does not answer instead. Of the first PUT
 * it keeps `breakAt` bytes and hangs up.
 */
function uploading(fault: Script = () => ({ status: 0 }), breakAt?: number) {
  let stored: Buffer = Buffer.alloc(0);
  let broke = breakAt === undefined;
  const kept = () => stored;
  const script: Script = async (request, seen) => {
    const said = await fault(request, seen);
    if (said === "hang up" || said.status !== 0) return said;
    const { method, url, body } = request;
    const state = /state=(\d+)/.exec(url)?.[1] ?? "0";
    const location = `/upload?state=${Number(state) + 1}`;
    switch (method) {
      case "POST":
        stored = Buffer.alloc(0);
        return { status: 202, headers: { location } };
      case "PATCH":
        stored = Buffer.concat([stored, body]);
        return { status: 202, headers: { location } };
      case "PUT":
        if (!broke) {
          broke = true;
          stored = body.subarray(0, breakAt);
          return "hang up";
        }
        stored = Buffer.concat([stored, body]);
        return { status: url.includes(encodeURIComponent(digestOf(stored))) ? 201 : 400 };
      case "GET":
        if (url.includes("/tags/list")) return { status: 404 };
        return { status: 204, headers: { location, range: `0-${Math.max(0, stored.length - 1)}` } };
      default:
        return { status: 404 };
    }
  };
  return { script, kept };
}

describe("pushBlob", () => {
  it("takes one POST and one PUT, and keeps the query of the address that it was given", async () => {
    const { script, kept } = uploading();
    await using r = await scriptedRegistry(script);
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), () => small);
    expect(r.server.lines()).toEqual([
      "POST /v2/a/blobs/uploads/",
      `PUT /upload?state=1&digest=${encodeURIComponent(digestOf(small))}`,
    ]);
    expect(kept().equals(small)).toBe(true);
  });

  it("begins anew where a small blob's push broke", async () => {
    const { script, kept } = uploading(({ method }, seen) =>
      method === "PUT" && seen.length === 2 ? { status: 502 } : { status: 0 },
    );
    await using r = await scriptedRegistry(script);
    let opened = 0;
    const open = (): Readable => {
      opened++;
      return Readable.from([small.subarray(0, 300), small.subarray(300)], { objectMode: false });
    };
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), open);
    expect(kept().equals(small)).toBe(true);
    expect(opened).toBe(2);
  });

  it("sends a stream from its start again on a kept connection that was closed", async () => {
    let puts = 0;
    const { script, kept } = uploading(({ method }) =>
      method === "PUT" && ++puts === 1 ? "hang up" : { status: 0 },
    );
    await using r = await scriptedRegistry(script);
    const repository = { host: r.host, path: "a" };
    // Two connections, so that the push finds one for each of its requests.
    await Promise.all([r.client.listTags(repository), r.client.listTags(repository)]);
    await r.client.pushBlob(repository, describeBytes(small), () =>
      Readable.from([small], { objectMode: false }),
    );
    expect(kept().equals(small)).toBe(true);
    expect(r.server.lines().map((line) => line.split(" ")[0])).toEqual([
      "GET",
      "GET",
      "POST",
      "PUT",
      "PUT",
    ]);
  });

  it("is content where only the answer was lost", async () => {
    const { script } = uploading(({ method }) =>
      method === "PUT" ? "hang up" : method === "HEAD" ? { status: 200 } : { status: 0 },
    );
    await using r = await scriptedRegistry(script);
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), () => small);
    expect(r.server.lines().map((line) => line.split(" ")[0])).toEqual(["POST", "PUT", "HEAD"]);
  });

  it("goes on in pieces, from the offset that the registry reports, once a large push broke", async () => {
    const large = bytesOf("large", 20 << 20);
    const { script, kept } = uploading(undefined, 3 << 20);
    await using r = await scriptedRegistry(script);
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(large), () => large);
    expect(digestOf(kept())).toBe(digestOf(large));
    const sent = r.server.seen.map(({ method, headers }) => [method, headers["content-range"]]);
    expect(sent).toEqual([
      ["POST", undefined],
      ["PUT", undefined],
      ["HEAD", undefined],
      ["GET", undefined],
      ["PATCH", `${3 << 20}-${(19 << 20) - 1}`],
      ["PATCH", `${19 << 20}-${(20 << 20) - 1}`],
      ["PUT", undefined],
    ]);
  });

  it("begins anew where the registry knows nothing of the upload any more", async () => {
    const large = bytesOf("large", 17 << 20);
    const { script, kept } = uploading(
      ({ method }) => ({ status: method === "GET" ? 404 : 0 }),
      3 << 20,
    );
    await using r = await scriptedRegistry(script);
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(large), () => large);
    expect(digestOf(kept())).toBe(digestOf(large));
    expect(r.server.seen.filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  it("does not repeat a push that the registry refuses", async () => {
    const { script } = uploading(({ method }) => ({ status: method === "PUT" ? 403 : 0 }));
    await using r = await scriptedRegistry(script);
    const push = r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), () => small);
    await expect(push).rejects.toMatchObject({ code: "registry", status: 403 });
    expect(r.server.seen).toHaveLength(2);
  });

  it.each([
    ["fewer", small.subarray(1)],
    ["more", Buffer.concat([small, small])],
  ])("fails where there are %s bytes than the descriptor says", async (_, content) => {
    const { script } = uploading();
    await using r = await scriptedRegistry(script);
    const repository = { host: r.host, path: "a" };
    const stream = () => Readable.from([content], { objectMode: false });
    for (const open of [() => content, stream]) {
      const push = r.client.pushBlob(repository, describeBytes(small), open);
      await expect(push).rejects.toBeInstanceOf(IntegrityError);
    }
  });

  it("fails with the source's own error where the content cannot be read", async () => {
    const { script } = uploading();
    await using r = await scriptedRegistry(script);
    const open = () =>
      new Readable({
        read() {
          this.destroy(new Error("the disk is gone"));
        },
      });
    const push = r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), open);
    await expect(push).rejects.toThrow("the disk is gone");
    expect(r.server.lines().filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });
});

describe("mountBlob", () => {
  const digest = digestOf(small);

  it("asks once, and takes 201 for done", async () => {
    await using r = await scriptedRegistry(() => ({ status: 201 }));
    const mounted = r.client.mountBlob({ host: r.host, path: "to" }, digest, {
      host: r.host,
      path: "from/a",
    });
    expect(await mounted).toBe(true);
    expect(r.server.lines()).toEqual([
      `POST /v2/to/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=from%2Fa`,
    ]);
  });

  it("gives up the upload that it was offered instead", async () => {
    const { script } = uploading();
    await using r = await scriptedRegistry(script);
    const mounted = r.client.mountBlob({ host: r.host, path: "to" }, digest, {
      host: r.host,
      path: "from",
    });
    expect(await mounted).toBe(false);
    expect(r.server.lines()[1]).toBe("DELETE /upload?state=1");
  });

  it.each([400, 401, 403, 404, 405])("takes %s for a no, not for a failure", async (status) => {
    await using r = await scriptedRegistry(() => ({ status }));
    const mounted = r.client.mountBlob({ host: r.host, path: "to" }, digest, {
      host: r.host,
      path: "from",
    });
    expect(await mounted).toBe(false);
  });
});
