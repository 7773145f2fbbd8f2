import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../test/support/images.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { FormatError, IntegrityError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";

const bytes = bytesOf("blob", 200_000);
const descriptor = { mediaType: "x/y", digest: digestOf(bytes), size: bytes.length };

/** Sends the rest of the blob if a range is requested, and cuts the first answers short. */
const cutting = (cuts: number, ranges: boolean) =>
  scriptedRegistry(({ headers }, seen) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    const partial = ranges && from > 0;
    const body = partial ? bytes.subarray(from) : bytes;
    const cutAfter = seen.length <= cuts ? 50_000 : undefined;
    return { status: partial ? 206 : 200, body, ...(cutAfter === undefined ? {} : { cutAfter }) };
  });

describe("openBlob", () => {
  it("resumes where the connection broke", async () => {
    await using r = await cutting(2, true);
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, descriptor);
    expect(digestOf(await buffer(stream))).toBe(descriptor.digest);
    expect(r.server.seen.map(({ headers }) => headers.range)).toEqual([
      undefined,
      "bytes=50000-",
      "bytes=100000-",
    ]);
  });

  it("skips what it has if the registry sends the whole blob again", async () => {
    await using r = await cutting(1, false);
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, descriptor);
    expect(digestOf(await buffer(stream))).toBe(descriptor.digest);
  });

  it.each([
    ["other bytes", bytesOf("other", bytes.length)],
    ["bytes past the end", Buffer.concat([bytes, Buffer.from("more")])],
  ])("fails before its end on %s", async (_, body) => {
    await using r = await scriptedRegistry(() => ({ status: 200, body }));
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, descriptor);
    let ended = false;
    stream.once("end", () => (ended = true));
    await expect(buffer(stream)).rejects.toBeInstanceOf(IntegrityError);
    expect(ended).toBe(false);
  });

  it("gives up on a registry that always ends too early", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, body: bytes.subarray(0, 99) }));
    const stream = await r.client.openBlob({ host: r.host, path: "a" }, descriptor);
    await expect(buffer(stream)).rejects.toMatchObject({ code: "registry" });
    expect(r.server.seen.length).toBeLessThan(10);
  });

  it("refuses to read a blob that it cannot verify, even a small one", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, body: bytes }));
    const foreign = { ...descriptor, digest: "sha256+b64:abc=" } as const;
    const repository = { host: r.host, path: "a" };
    const why = "cannot verify sha256+b64:abc=";
    await expect(r.client.openBlob(repository, foreign)).rejects.toThrow(why);
    await expect(r.client.readBlob(repository, foreign, 1_000_000)).rejects.toThrow(why);
  });

  it("rejects content that something on the way has encoded", async () => {
    const headers = { "content-encoding": "gzip" };
    await using r = await scriptedRegistry(() => ({ status: 200, headers, body: bytes }));
    const open = r.client.openBlob({ host: r.host, path: "a" }, descriptor);
    await expect(open).rejects.toThrow("the content is gzip-encoded");
  });
});

describe("readBlob", () => {
  it("reads a blob whose first answer was truncated", async () => {
    await using r = await cutting(1, true);
    const read = await r.client.readBlob({ host: r.host, path: "a" }, descriptor, 1 << 20);
    expect(read.equals(bytes)).toBe(true);
  });

  it.each([0, 1])("reads into a given buffer, with %d answers truncated", async (cuts) => {
    await using r = await cutting(cuts, true);
    const into = new ArrayBuffer(bytes.length + 100);
    const repository = { host: r.host, path: "a" };
    const read = await r.client.readBlob(repository, descriptor, 1 << 20, { into });
    expect(read.buffer).toBe(into);
    expect(read.equals(bytes)).toBe(true);
  });

  it("puts no byte behind the end of a given buffer", async () => {
    const body = Buffer.concat([bytes, bytes]);
    await using r = await scriptedRegistry(() => ({ status: 200, body }));
    const into = new ArrayBuffer(bytes.length);
    const repository = { host: r.host, path: "a" };
    const read = r.client.readBlob(repository, descriptor, 1 << 20, { into });
    await expect(read).rejects.toBeInstanceOf(IntegrityError);
  });

  it("fails on wrong bytes, and on too many bytes", async () => {
    for (const body of [bytesOf("other", bytes.length), Buffer.concat([bytes, bytes])]) {
      await using r = await scriptedRegistry(() => ({ status: 200, body }));
      const read = r.client.readBlob({ host: r.host, path: "a" }, descriptor, 1 << 20);
      await expect(read).rejects.toBeInstanceOf(IntegrityError);
    }
  });

  it("does not begin if the blob is over the limit", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, body: bytes }));
    const read = r.client.readBlob({ host: r.host, path: "a" }, descriptor, 1000);
    await expect(read).rejects.toBeInstanceOf(FormatError);
    expect(r.server.seen).toEqual([]);
  });
});
