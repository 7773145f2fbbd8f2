import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../test/support/images.ts";
import { type ScriptedRegistry, scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { IntegrityError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";

const bytes = bytesOf("large", 40_000_000);
const descriptor = { mediaType: "x/y", digest: digestOf(bytes), size: bytes.length };

interface Serving {
  /** After how many bytes of the body each of the first answers breaks. */
  readonly cuts?: readonly number[];
  readonly ranges?: boolean;
  readonly content?: Buffer;
}

function serving({ cuts = [], ranges = true, content = bytes }: Serving = {}) {
  return scriptedRegistry((request, seen) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const partial = ranges && from > 0;
    const cutAfter = cuts[seen.length - 1];
    return {
      status: partial ? 206 : 200,
      body: partial ? content.subarray(from) : content,
      ...(cutAfter === undefined ? {} : { cutAfter }),
    };
  });
}

async function read(r: ScriptedRegistry, start = 0, end = bytes.length) {
  const reader = await r.client.readerOf({ host: r.host, path: "a" }, descriptor);
  const parts: Buffer[] = [];
  const write = (chunk: Uint8Array) => Promise.resolve(void parts.push(Buffer.from(chunk)));
  const poured = reader.pour(start, end, write, new AbortController().signal);
  return { reader, got: () => Buffer.concat(parts), poured, write };
}

const rangesOf = ({ server }: ScriptedRegistry) => server.seen.map(({ headers }) => headers.range);

describe("BlobReader", () => {
  it("passes on an answer with a content length", async () => {
    await using r = await serving();
    const { poured, got } = await read(r);
    await poured;
    expect(got().equals(bytes)).toBe(true);
  });

  it("passes on a chunked answer", async () => {
    const server = createServer((_, response) => {
      response.write(bytes.subarray(0, 1_000_000));
      response.end(bytes.subarray(1_000_000));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await using r = await serving();
    const { poured, got } = await read({ ...r, host: `127.0.0.1:${port}` });
    await poured;
    expect(got().equals(bytes)).toBe(true);
    server.close();
  });

  it("resumes where the connection broke", async () => {
    await using r = await serving({ cuts: [10_000_000, 5_000_000] });
    const { poured, got } = await read(r);
    await poured;
    expect(got().equals(bytes)).toBe(true);
    const at = rangesOf(r).map((range) => Number(/\d+/.exec(range ?? "0")?.[0]));
    expect(at).toHaveLength(3);
    // Only data in transit when it broke may be lost.
    expect(at[1]).toBeGreaterThan(5_000_000);
    expect(at[2]).toBeGreaterThan((at[1] ?? 0) + 1_000_000);
  });

  it("skips what it has if the registry does not support ranges", async () => {
    await using r = await serving({ cuts: [10_000_000], ranges: false });
    const { poured, got } = await read(r);
    await poured;
    expect(got().equals(bytes)).toBe(true);
  });

  it.each([
    ["other bytes", Buffer.concat([bytes.subarray(0, -1), Buffer.from("x")])],
    ["more bytes than there should be", Buffer.concat([bytes, Buffer.from("x")])],
  ])("never passes on the end of %s", async (_, content) => {
    await using r = await serving({ content });
    const { poured, got } = await read(r);
    await expect(poured).rejects.toBeInstanceOf(IntegrityError);
    expect(got().length).toBeLessThan(bytes.length);
  });

  it("gives up on a registry that always ends too early", async () => {
    await using r = await serving({ content: bytes.subarray(0, 500_000) });
    const { poured } = await read(r);
    await expect(poured).rejects.toMatchObject({ code: "registry", retryable: true });
    expect(r.server.seen.length).toBeLessThan(10);
  });

  it("passes on parts, in order and repeatedly, without reading everything before them", async () => {
    await using r = await serving();
    const { reader, poured, got } = await read(r, 0, 35_000_000);
    await poured;
    expect(got().equals(bytes.subarray(0, 35_000_000))).toBe(true);
    for (const [start, end] of [
      [35_000_000, 36_000_000],
      [34_500_000, 40_000_000],
      [10, 20],
    ] as const) {
      const parts: Buffer[] = [];
      const write = (chunk: Uint8Array) => Promise.resolve(void parts.push(Buffer.from(chunk)));
      await reader.pour(start, end, write, new AbortController().signal);
      expect(Buffer.concat(parts).equals(bytes.subarray(start, end))).toBe(true);
    }
    const [, next, again, first] = rangesOf(r);
    expect(next).toBe("bytes=35000000-");
    expect(Number(/\d+/.exec(again ?? "")?.[0])).toBeGreaterThan(33_000_000);
    expect(first).toBeUndefined();
  });

  it("still detects wrong bytes after it went back", async () => {
    const content = Buffer.from(bytes);
    await using r = await serving({ content });
    const { reader, poured, write } = await read(r, 0, 38_000_000);
    await poured;
    content.writeUInt8((bytes[39_000_000] ?? 0) ^ 1, 39_000_000);
    const again = reader.pour(36_000_000, bytes.length, write, new AbortController().signal);
    await expect(again).rejects.toBeInstanceOf(IntegrityError);
  });

  it("stops on abort, even if nothing that it wrote was accepted", async () => {
    await using r = await serving();
    const reader = await r.client.readerOf({ host: r.host, path: "a" }, descriptor);
    const stop = new AbortController();
    let chunks = 0;
    const stuck = () => {
      chunks++;
      return new Promise<void>(() => undefined);
    };
    const poured = reader.pour(0, bytes.length, stuck, stop.signal);
    await sleep(50);
    stop.abort(new Error("enough"));
    await expect(poured).rejects.toThrow("enough");
    expect(chunks).toBeLessThanOrEqual(5);
  });
});
