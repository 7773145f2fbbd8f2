import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { bytesOf, describe as describeBytes } from "../../../test/support/images.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import type { Script } from "../../../test/support/scripted-server.ts";
import { uploading } from "../../../test/support/scripted-uploads.ts";

const octets = "application/octet-stream";
const content = bytesOf("stream", 1000);

function streamed(bytes: Buffer = content): Readable {
  const chunks = [bytes.subarray(0, 130), bytes.subarray(130, 131), bytes.subarray(131)];
  return Readable.from(chunks, { objectMode: false });
}

async function uploadRegistry(fault?: Script, least?: string) {
  const { script, kept } = uploading(fault, undefined, least);
  const r = await scriptedRegistry(script);
  const methods = () => r.server.seen.map(({ method }) => method);
  return { ...r, kept, methods, repository: { host: r.host, path: "a" } };
}

/** A fault at the given request of a method. */
function once(method: string, number: number, answer: Awaited<ReturnType<Script>>): Script {
  let seen = 0;
  return (request) => (request.method === method && ++seen === number ? answer : { status: 0 });
}

describe("pushStream", () => {
  it("returns the descriptor of a stream that it sent in pieces", async () => {
    await using r = await uploadRegistry();
    const pushed = await r.client.pushStream(r.repository, streamed(), {
      pieceBytes: 400,
      mediaType: "a/b",
    });
    expect(pushed).toEqual(describeBytes(content, "a/b"));
    expect(r.kept().equals(content)).toBe(true);
    expect(r.server.seen.map(({ method, body }) => [method, body.length])).toEqual([
      ["POST", 0],
      ["PATCH", 400],
      ["PATCH", 400],
      ["PATCH", 200],
      ["PUT", 0],
    ]);
  });

  it("makes pieces as large as the registry requires", async () => {
    await using r = await uploadRegistry(undefined, "600");
    await r.client.pushStream(r.repository, streamed(), { pieceBytes: 200 });
    expect(r.kept().equals(content)).toBe(true);
    const pieces = r.server.seen.filter(({ method }) => method === "PATCH");
    expect(pieces.slice(1, -1).every(({ body }) => body.length >= 600)).toBe(true);
  });

  it("needs two requests for content that fits into one piece, even empty content", async () => {
    for (const bytes of [content, Buffer.alloc(0)]) {
      await using r = await uploadRegistry();
      expect(await r.client.pushStream(r.repository, streamed(bytes))).toEqual(
        describeBytes(bytes, octets),
      );
      expect(r.kept().equals(bytes)).toBe(true);
      expect(r.methods()).toEqual(["POST", "PUT"]);
    }
  });

  it("resends a piece that broke", async () => {
    await using r = await uploadRegistry(once("PATCH", 2, { status: 502 }));
    const pushed = await r.client.pushStream(r.repository, streamed(), { pieceBytes: 400 });
    expect(pushed).toEqual(describeBytes(content, octets));
    expect(r.kept().equals(content)).toBe(true);
    expect(r.methods()).toEqual(["POST", "PATCH", "PATCH", "GET", "PATCH", "PATCH", "PUT"]);
  });

  it("sends smaller pieces if a registry rejects them as too large", async () => {
    const large = bytesOf("large", 3 << 20);
    await using r = await uploadRegistry(({ body }) => ({
      status: body.length > 1 << 20 ? 413 : 0,
    }));
    const options = { pieceBytes: 2 << 20 };
    const pushed = await r.client.pushStream(r.repository, streamed(large), options);
    expect(pushed).toEqual(describeBytes(large, octets));
    expect(r.server.seen.filter(({ body }) => body.length > 1 << 20)).toHaveLength(1);
  });

  it("succeeds if only the last answer was lost", async () => {
    await using r = await uploadRegistry(({ method }) =>
      method === "PUT" ? "hang up" : { status: method === "HEAD" ? 200 : 0 },
    );
    const pushed = await r.client.pushStream(r.repository, streamed(), { pieceBytes: 400 });
    expect(pushed).toEqual(describeBytes(content, octets));
  });

  it("fails and cancels the upload if the registry lost data that cannot be read again", async () => {
    const { script } = uploading(({ method }, seen) =>
      method === "PATCH" && seen.length === 3
        ? { status: 502 }
        : { status: method === "GET" ? 404 : 0 },
    );
    await using r = await scriptedRegistry(script);
    const stream = streamed();
    const push = r.client.pushStream({ host: r.host, path: "a" }, stream, { pieceBytes: 400 });
    await expect(push).rejects.toMatchObject({
      code: "registry",
      message: `PATCH http://${r.host}/upload?state=…: the registry lost the upload after 400 bytes, and a stream cannot be read again`,
      hint: "start the push again, or push from a file so that the push can resume",
    });
    expect(stream.destroyed).toBe(true);
    expect(r.server.lines().at(-1)).toMatch(/^DELETE /);
  });

  it("fails with the stream's own error, and cancels the upload", async () => {
    await using r = await uploadRegistry();
    function* broken() {
      yield content;
      throw new Error("the program died");
    }
    const push = r.client.pushStream(r.repository, Readable.from(broken()), { pieceBytes: 400 });
    await expect(push).rejects.toThrow("the program died");
    expect(r.methods().at(-1)).toBe("DELETE");
  });

  it("ends with the signal's reason while it waits for the stream", async () => {
    await using r = await uploadRegistry();
    const abort = new AbortController();
    const stream = new Readable({ read: () => undefined });
    const push = r.client.pushStream(r.repository, stream, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(push).rejects.toThrow("enough");
    expect(stream.destroyed).toBe(true);
  });
});
