import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../test/support/images.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import type { SeenRequest } from "../../../test/support/scripted-server.ts";
import { uploading } from "../../../test/support/scripted-uploads.ts";
import { IntegrityError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";

const small = bytesOf("small", 1000);
const describeBytes = (bytes: Buffer) => ({
  mediaType: "x/y",
  digest: digestOf(bytes),
  size: bytes.length,
});

describe("pushBlob", () => {
  it("needs one POST and one PUT, and keeps the query of the upload's location", async () => {
    const { script, kept } = uploading();
    await using r = await scriptedRegistry(script);
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), () => small);
    expect(r.server.lines()).toEqual([
      "POST /v2/a/blobs/uploads/",
      `PUT /upload?state=1&digest=${encodeURIComponent(digestOf(small))}`,
    ]);
    expect(kept().equals(small)).toBe(true);
  });

  it("starts again if the push of a small blob broke", async () => {
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

  it("asks how much arrived before it sends content again, even if a kept-alive connection was closed", async () => {
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
      "HEAD",
      "GET",
      "PUT",
    ]);
  });

  it("succeeds if only the answer was lost", async () => {
    const { script } = uploading(({ method }) =>
      method === "PUT" ? "hang up" : method === "HEAD" ? { status: 200 } : { status: 0 },
    );
    await using r = await scriptedRegistry(script);
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), () => small);
    expect(r.server.lines().map((line) => line.split(" ")[0])).toEqual(["POST", "PUT", "HEAD"]);
  });

  it("resumes a large push in pieces, from the offset that the registry reports", async () => {
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

  it("starts again if the registry does not know the upload any more", async () => {
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

  it("does not repeat a push that the registry rejects", async () => {
    const { script } = uploading(({ method }) => ({ status: method === "PUT" ? 403 : 0 }));
    await using r = await scriptedRegistry(script);
    const push = r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), () => small);
    await expect(push).rejects.toMatchObject({ code: "registry", status: 403 });
    expect(r.server.seen).toHaveLength(2);
  });

  it.each([
    ["fewer", small.subarray(1)],
    ["more", Buffer.concat([small, small])],
  ])("fails if there are %s bytes than in the descriptor", async (_, content) => {
    const { script } = uploading();
    await using r = await scriptedRegistry(script);
    const repository = { host: r.host, path: "a" };
    const stream = () => Readable.from([content], { objectMode: false });
    for (const open of [() => content, stream]) {
      const push = r.client.pushBlob(repository, describeBytes(small), open);
      await expect(push).rejects.toBeInstanceOf(IntegrityError);
    }
  });

  it("fails with the source's own error if the content cannot be read", async () => {
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

describe("a push in pieces", () => {
  const sent = (seen: readonly SeenRequest[]) =>
    seen.map(({ method, headers, body }) => [method, headers["content-range"], body.length]);

  it("is used on request, with pieces no smaller than the registry accepts", async () => {
    for (const [least, first] of [
      [undefined, "0-399"],
      ["600", "0-599"],
    ] as const) {
      const { script, kept } = uploading(undefined, undefined, least);
      await using r = await scriptedRegistry(script);
      const options = { pieceBytes: 400 };
      await r.client.pushBlob(
        { host: r.host, path: "a" },
        describeBytes(small),
        () => small,
        options,
      );
      expect(kept().equals(small)).toBe(true);
      expect(r.server.seen.map(({ headers }) => headers["content-range"])[1]).toBe(first);
      expect(r.server.seen.at(-1)).toMatchObject({ method: "PUT", body: Buffer.alloc(0) });
    }
  });

  it("reads a stream once, whatever the number of pieces", async () => {
    const { script, kept } = uploading();
    await using r = await scriptedRegistry(script);
    let opened = 0;
    const open = () => {
      opened++;
      return Readable.from([small.subarray(0, 150), small.subarray(150)], { objectMode: false });
    };
    const options = { pieceBytes: 100 };
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), open, options);
    expect(kept().equals(small)).toBe(true);
    expect(opened).toBe(1);
  });

  it("resumes where a piece broke, with the content opened again", async () => {
    let patches = 0;
    const { script, kept } = uploading(({ method }) =>
      method === "PATCH" && ++patches === 3 ? { status: 502 } : { status: 0 },
    );
    await using r = await scriptedRegistry(script);
    const options = { pieceBytes: 300 };
    const open = () => Readable.from([small], { objectMode: false });
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(small), open, options);
    expect(kept().equals(small)).toBe(true);
    expect(sent(r.server.seen)).toEqual([
      ["POST", undefined, 0],
      ["PATCH", "0-299", 300],
      ["PATCH", "300-599", 300],
      ["PATCH", "600-899", 300],
      ["HEAD", undefined, 0],
      ["GET", undefined, 0],
      ["PATCH", "600-899", 300],
      ["PATCH", "900-999", 100],
      ["PUT", undefined, 0],
    ]);
  });

  it.each([
    ["fewer", small.subarray(1)],
    ["more", Buffer.concat([small, small])],
  ])("fails if there are %s bytes than in the descriptor", async (_, content) => {
    const { script } = uploading();
    await using r = await scriptedRegistry(script);
    const open = () => Readable.from([content], { objectMode: false });
    const options = { pieceBytes: 300 };
    const push = r.client.pushBlob(
      { host: r.host, path: "a" },
      describeBytes(small),
      open,
      options,
    );
    await expect(push).rejects.toBeInstanceOf(IntegrityError);
  });

  it("is used for a blob that a registry rejects as too large, and for the next ones at once", async () => {
    const large = bytesOf("large", 5 << 20);
    const limit = 1 << 20;
    const { script, kept } = uploading(({ body }) => ({ status: body.length > limit ? 413 : 0 }));
    await using r = await scriptedRegistry(script);
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(large), () => large);
    expect(digestOf(kept())).toBe(digestOf(large));
    const refused = r.server.seen.filter(({ body }) => body.length > limit);
    expect(refused.map(({ method, body }) => [method, body.length])).toEqual([
      ["PUT", 5 << 20],
      ["PATCH", 4 << 20],
    ]);
    const next = bytesOf("next", 2 << 20);
    const before = r.server.seen.length;
    await r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(next), () => next);
    expect(sent(r.server.seen.slice(before))).toEqual([
      ["POST", undefined, 0],
      ["PATCH", `0-${limit - 1}`, limit],
      ["PATCH", `${limit}-${2 * limit - 1}`, limit],
      ["PUT", undefined, 0],
    ]);
  });

  it("fails if even the smallest is too large", async () => {
    const { script } = uploading(({ body }) => ({ status: body.length > 100 ? 413 : 0 }));
    await using r = await scriptedRegistry(script);
    const large = bytesOf("large", 1 << 20);
    const push = r.client.pushBlob({ host: r.host, path: "a" }, describeBytes(large), () => large);
    await expect(push).rejects.toMatchObject({ code: "registry", status: 413 });
  });
});

describe("resumeUpload", () => {
  it("asks for the upload's offset, and sends what is missing", async () => {
    const { script, kept } = uploading();
    await using r = await scriptedRegistry(script);
    const repository = { host: r.host, path: "a" };
    await startScriptedUpload(r.host, small.subarray(0, 600));
    await r.client.resumeUpload(repository, describeBytes(small), () => small, "/upload?state=2");
    expect(kept().equals(small)).toBe(true);
    expect(
      r.server.seen.slice(1).map(({ method, headers }) => [method, headers["content-range"]]),
    ).toEqual([
      ["GET", undefined],
      ["PATCH", "600-999"],
      ["PUT", undefined],
    ]);
  });

  it("starts again if the registry does not know the upload", async () => {
    const { script, kept } = uploading(({ method }) => ({ status: method === "GET" ? 404 : 0 }));
    await using r = await scriptedRegistry(script);
    const location = `http://${r.host}/upload?state=9`;
    await r.client.resumeUpload(
      { host: r.host, path: "a" },
      describeBytes(small),
      () => small,
      location,
    );
    expect(kept().equals(small)).toBe(true);
    expect(r.server.lines().map((line) => line.split(" ")[0])).toEqual(["GET", "POST", "PUT"]);
  });

  it("cancels an upload that has more bytes than the blob, and starts again", async () => {
    const { script, kept } = uploading();
    await using r = await scriptedRegistry(script);
    await startScriptedUpload(r.host, bytesOf("other", 2000));
    const repository = { host: r.host, path: "a" };
    await r.client.resumeUpload(repository, describeBytes(small), () => small, "/upload?state=2");
    expect(kept().equals(small)).toBe(true);
    expect(r.server.lines().map((line) => line.split(" ")[0])).toEqual([
      "PATCH",
      "GET",
      "DELETE",
      "POST",
      "PUT",
    ]);
  });

  it("sends nothing unencrypted to another machine", async () => {
    await using r = await scriptedRegistry(() => ({ status: 500 }));
    for (const location of ["http://elsewhere.example/upload", "file:///etc/passwd"]) {
      const resume = r.client.resumeUpload(
        { host: r.host, path: "a" },
        describeBytes(small),
        () => small,
        location,
      );
      await expect(resume).rejects.toMatchObject({ code: "format" });
    }
    expect(r.server.seen).toEqual([]);
  });
});

it.each(["http://elsewhere.example/upload", "http://10.0.0.1:2375/upload"])(
  "rejects an upload that the registry sends to %s",
  async (location) => {
    await using r = await scriptedRegistry(() => ({ status: 202, headers: { location } }));
    const content = Buffer.from("content");
    const repository = { host: r.host, path: "a" };
    const push = r.client.pushBlob(repository, describeBytes(content), () => content);
    const { host } = new URL(location);
    await expect(push).rejects.toMatchObject({
      code: "registry",
      message: `PUT http://${r.host}/v2/: the registry directs this request to http://${host}`,
    });
    expect(r.server.lines()).toEqual(["POST /v2/a/blobs/uploads/"]);
  },
);

describe("cancelUpload", () => {
  it("cancels an upload, and ignores a refusal", async () => {
    const { script } = uploading(({ method }) => ({ status: method === "DELETE" ? 500 : 0 }));
    await using r = await scriptedRegistry(script);
    const repository = { host: r.host, path: "a" };
    const session = await r.client.startUpload(repository);
    expect(session.location.href).toBe(`http://${r.host}/upload?state=1`);
    await r.client.cancelUpload(repository, session);
    expect(r.server.lines()).toEqual(["POST /v2/a/blobs/uploads/", "DELETE /upload?state=1"]);
  });
});

/** Puts bytes into the scripted registry's one upload, as another process would. */
async function startScriptedUpload(host: string, bytes: Buffer): Promise<void> {
  const answer = await fetch(`http://${host}/upload?state=1`, { method: "PATCH", body: bytes });
  await answer.arrayBuffer();
}

describe("mountBlob", () => {
  const digest = digestOf(small);

  it("sends one request, and treats 201 as done", async () => {
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

  it("cancels the upload that it was offered instead", async () => {
    const { script } = uploading();
    await using r = await scriptedRegistry(script);
    const mounted = r.client.mountBlob({ host: r.host, path: "to" }, digest, {
      host: r.host,
      path: "from",
    });
    expect(await mounted).toBe(false);
    expect(r.server.lines()[1]).toBe("DELETE /upload?state=1");
  });

  it.each([400, 401, 403, 404, 405])("treats %s as a no, not as a failure", async (status) => {
    await using r = await scriptedRegistry(() => ({ status }));
    const mounted = r.client.mountBlob({ host: r.host, path: "to" }, digest, {
      host: r.host,
      path: "from",
    });
    expect(await mounted).toBe(false);
  });
});
