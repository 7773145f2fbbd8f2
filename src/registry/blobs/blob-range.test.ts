import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { bytesOf, describe as describeBytes } from "../../../test/support/images.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import type { ScriptedAnswer, SeenRequest } from "../../../test/support/scripted-server.ts";

import type { BlobRange } from "./blob-range.ts";

const content = bytesOf("blob", 1000);
const blob = describeBytes(content, "a/b");

/** The answer of a registry that supports ranges. */
function part({ headers }: SeenRequest): ScriptedAnswer {
  const [, first = "0", last = "0"] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
  const body = content.subarray(Number(first), Number(last) + 1);
  return { status: 206, headers: { "content-range": `bytes ${first}-${last}/1000` }, body };
}

describe("a part of a blob", () => {
  it.each<[BlobRange, string]>([
    [{ start: 100, end: 300 }, "bytes=100-299"],
    [{ start: 900 }, "bytes=900-999"],
    [{ start: 0, end: 1 }, "bytes=0-0"],
  ])("is requested alone: %j", async (range, header) => {
    await using r = await scriptedRegistry(part);
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, blob, { range });
    expect(await buffer(stream)).toEqual(content.subarray(range.start, range.end));
    expect(r.server.seen.map(({ headers }) => headers.range)).toEqual([header]);
  });

  it("with no bytes needs no request", async () => {
    await using r = await scriptedRegistry(part);
    const range = { start: 5, end: 5 };
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, blob, { range });
    expect(await buffer(stream)).toEqual(Buffer.alloc(0));
    expect(r.server.seen).toEqual([]);
  });

  it("is cut from the whole blob if a registry does not support ranges", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, body: content }));
    const range = { start: 400, end: 500 };
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, blob, { range });
    expect(await buffer(stream)).toEqual(content.subarray(400, 500));
  });

  it("resumes where the connection broke", async () => {
    await using r = await scriptedRegistry((request, seen) => ({
      ...part(request),
      ...(seen.length === 1 ? { cutAfter: 150 } : {}),
    }));
    const range = { start: 100, end: 400 };
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, blob, { range });
    expect(await buffer(stream)).toEqual(content.subarray(100, 400));
    expect(r.server.seen.map(({ headers }) => headers.range)).toEqual([
      "bytes=100-399",
      "bytes=250-399",
    ]);
  });

  it.each([
    ["another range", { status: 206, headers: { "content-range": "bytes 0-99/1000" } }],
    ["another blob's range", { status: 206, headers: { "content-range": "bytes 100-199/2000" } }],
    ["an unnamed range", { status: 206 }],
    ["a blob of another size", { status: 200, body: "short" }],
  ])("is rejected if the registry sends %s", async (_, answer) => {
    await using r = await scriptedRegistry(() => answer);
    const range = { start: 100, end: 200 };
    const open = r.client.openBlob({ host: r.host, path: "a" }, blob, { range });
    await expect(open).rejects.toMatchObject({
      code: "integrity",
      expected: "bytes 100-199/1000",
    });
  });

  it.each([
    { start: -1, end: 5 },
    { start: 5, end: 4 },
    { start: 0, end: 1001 },
    { start: 0.5, end: 2 },
  ])("must be within the blob: %j is not", async (range) => {
    await using r = await scriptedRegistry(part);
    const open = r.client.openBlob({ host: r.host, path: "a" }, blob, { range });
    await expect(open).rejects.toMatchObject({ code: "usage" });
    expect(r.server.seen).toEqual([]);
  });
});
