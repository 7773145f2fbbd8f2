import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { type RawServer, startRawServer, trickle } from "../../../test/support/raw-server.ts";
import { startScript } from "../../../test/support/scripted-server.ts";
import type { RegistryError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { anonymous } from "../auth/credentials.ts";
import { RegistryClient, type RegistryClientOptions } from "../client.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const requestMs = 500;
/** All tries, the pauses between them, and a slow machine. */
const longestMs = 5 * requestMs;

async function serve(answer: Parameters<typeof startRawServer>[0]): Promise<RawServer> {
  const server = await startRawServer(answer);
  open.push(server);
  return server;
}

function clientWith(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const sleep = (): Promise<void> => Promise.resolve();
  const client = new RegistryClient({ credentials: anonymous, requestMs, sleep, ...options });
  open.push(client);
  return client;
}

/** A call's error, which must come in time. */
async function failureOf(promise: Promise<unknown>): Promise<RegistryError> {
  const began = performance.now();
  const outcome = await promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error as RegistryError,
  );
  expect(performance.now() - began).toBeLessThan(longestMs);
  return outcome as RegistryError;
}

const ok = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\ncontent-type: text/plain\r\n\r\n";

const kinds: readonly [
  name: string,
  answer: Parameters<typeof startRawServer>[0],
  message: RegExp,
][] = [
  ["is silent", () => undefined, /timed out: no response within 0\.\d seconds$/],
  [
    "sends its head a byte at a time",
    (socket) => trickle(socket, `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(500)}`, 10, 1),
    /timed out: no response within 0\.\d seconds$/,
  ],
  [
    "sends 103 from time to time, and nothing else",
    (socket) => trickle(socket, "HTTP/1.1 103 Early Hints\r\n\r\n", 40),
    /timed out: only 1xx responses within 0\.\d seconds$/,
  ],
  [
    "sends 103 endlessly",
    (socket) => trickle(socket, "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50), 1),
    /not a registry: it sent only 1xx responses \(21\)$/,
  ],
  [
    "answers 101",
    (socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    /not a registry: it returned 101 \(Switching Protocols\)$/,
  ],
  [
    "answers 101 without an Upgrade header",
    (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    /not a registry: it returned 101 \(Switching Protocols\)$/,
  ],
  [
    "sends its answer a byte at a time",
    (socket) => {
      socket.write(ok);
      trickle(socket, "x", 10);
    },
    /timed out: the response did not finish within 0\.\d seconds$/,
  ],
  [
    "stops in the middle of its answer",
    (socket) => void socket.write(`${ok}half`),
    /timed out: the response did not finish within 0\.\d seconds$/,
  ],
];

describe.each(kinds)("a registry that %s", (_, answer, message) => {
  it("fails with a hint", async () => {
    const server = await serve(answer);
    const failure = await failureOf(clientWith().listTags({ host: server.host, path: "a" }));
    expect(failure.code).toBe("registry");
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(/LAYERKEEP_REQUEST_TIMEOUT|check the address/);
  });

  it("does not delay an aborted call", async () => {
    const server = await serve(answer);
    const stop = new AbortController();
    const client = clientWith({ requestMs: 60_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("interrupted")), 100);
    const outcome = await failureOf(client.listTags({ host: server.host, path: "a" }));
    expect(outcome.message).toMatch(/^interrupted$|not a registry/);
  });
});

describe("a silent token endpoint", () => {
  const challenging = async (): Promise<{ host: string; tokens: RawServer }> => {
    const tokens = await serve(() => undefined);
    const server = await startScript(() => ({
      status: 401,
      headers: { "www-authenticate": `Bearer realm="http://${tokens.host}/token",service="s"` },
    }));
    open.push(server);
    return { host: server.host, tokens };
  };

  it("fails, and is named", async () => {
    const { host, tokens } = await challenging();
    const failure = await failureOf(clientWith().listTags({ host, path: "a" }));
    expect(failure.message).toMatch(
      new RegExp(
        `^GET http://${tokens.host}/token\\S*: timed out: no response within 0.\\d seconds$`,
      ),
    );
  });

  it("does not delay an aborted call, nor others that wait for the same token", async () => {
    const { host, tokens } = await challenging();
    const client = clientWith({ requestMs: 1_500 });
    const stop = new AbortController();
    const repository = { host, path: "a" };
    const stopped = failureOf(client.listTags(repository, { signal: stop.signal }));
    const other = client.listTags(repository).catch((error: unknown) => error as Error);
    await expect.poll(() => tokens.lines.length).toBe(1);
    stop.abort(new Error("interrupted"));
    expect((await stopped).message).toBe("interrupted");
    expect(((await other) as Error).message).toMatch(/timed out/);
  });
});

it("a credential helper that hangs does not delay an aborted call", async () => {
  const server = await startScript(() => ({
    status: 401,
    headers: { "www-authenticate": 'Basic realm="x"' },
  }));
  open.push(server);
  const stop = new AbortController();
  const client = clientWith({ credentials: () => new Promise(() => undefined) });
  setTimeout(() => stop.abort(new Error("interrupted")), 100);
  const reading = client.listTags({ host: server.host, path: "a" }, { signal: stop.signal });
  expect((await failureOf(reading)).message).toBe("interrupted");
});

describe("a blob that arrives a byte at a time", () => {
  const blob = { mediaType: "a/b", digest: digestOf("x"), size: 100_000 };
  const slow = (): Promise<RawServer> =>
    serve((socket) => {
      socket.write(ok);
      trickle(socket, "x", 10);
    });
  const message = /timed out: only \d+ bytes? were received in 0\.\d seconds$/;

  it("is abandoned when it is read whole", async () => {
    const repository = { host: (await slow()).host, path: "a" };
    const failure = await failureOf(clientWith().readBlob(repository, blob, 1 << 20));
    expect(failure.message).toMatch(message);
  });

  it("is abandoned as a stream", async () => {
    const repository = { host: (await slow()).host, path: "a" };
    const stream = await clientWith().openBlob(repository, blob);
    expect((await failureOf(buffer(stream))).message).toMatch(message);
  });

  it("is abandoned as a part", async () => {
    const server = await serve((socket, text) => {
      const from = /range: (bytes=)(\d+)/i.exec(text)?.[2] ?? "0";
      const range = `content-range: bytes ${from}-49999/100000`;
      socket.write(`HTTP/1.1 206 Partial\r\n${range}\r\ncontent-length: 50000\r\n\r\n`);
      trickle(socket, "x", 10);
    });
    const repository = { host: server.host, path: "a" };
    const range = { start: 0, end: 50_000 };
    const stream = await clientWith().openBlob(repository, blob, { range });
    expect((await failureOf(buffer(stream))).message).toMatch(message);
  });

  it("is abandoned when it is copied", async () => {
    const repository = { host: (await slow()).host, path: "a" };
    const reader = await clientWith().readerOf(repository, blob);
    const never = new AbortController().signal;
    const pouring = reader.pour(0, blob.size, () => Promise.resolve(), never);
    expect((await failureOf(pouring)).message).toMatch(message);
    reader.close();
  });
});

it("a blob is not abandoned because its reader is slow", async () => {
  const content = Buffer.alloc(2 << 20, "x");
  const server = await startScript(() => ({ status: 200, body: content }));
  open.push(server);
  const blob = { mediaType: "a/b", digest: digestOf(content), size: content.length };
  const stream = await clientWith().openBlob({ host: server.host, path: "a" }, blob);
  const hash = createHash("sha256");
  let chunks = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunks++ === 1) await new Promise((resolve) => setTimeout(resolve, 3 * requestMs));
    hash.update(chunk);
  }
  expect(`sha256:${hash.digest("hex")}`).toBe(blob.digest);
  expect(server.seen).toHaveLength(1);
});

it("a connection that breaks after each byte is not resumed forever", async () => {
  const content = Buffer.alloc(100_000, "x");
  const server = await startScript(() => ({ status: 200, body: content, cutAfter: 10 }));
  open.push(server);
  const blob = { mediaType: "a/b", digest: digestOf(content), size: content.length };
  const stream = await clientWith().openBlob({ host: server.host, path: "a" }, blob);
  await failureOf(buffer(stream));
  expect(server.seen).toHaveLength(5);
});

describe("an upload that the server does not read", () => {
  const content = Buffer.alloc(32 << 20, "x");
  const blob = { mediaType: "a/b", digest: digestOf(content), size: content.length };
  const taking = (): Promise<RawServer> =>
    serve((socket, text) => {
      if (text.startsWith("POST")) {
        const where = "location: /v2/a/blobs/uploads/1";
        socket.write(`HTTP/1.1 202 Accepted\r\n${where}\r\ncontent-length: 0\r\n\r\n`);
      } else if (text.startsWith("PUT") || text.startsWith("PATCH")) {
        socket.pause();
      } else {
        socket.write("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
      }
    });

  it("is abandoned", async () => {
    const repository = { host: (await taking()).host, path: "a" };
    const failure = await failureOf(clientWith().pushBlob(repository, blob, () => content));
    expect(failure.message).toMatch(/timed out: only \d+ bytes were sent in 0\.\d seconds$/);
  });

  it("is abandoned in pieces from memory", async () => {
    const repository = { host: (await taking()).host, path: "a" };
    const options = { pieceBytes: 16 << 20 };
    const pushed = clientWith().pushBlob(repository, blob, () => content, options);
    expect((await failureOf(pushed)).message).toMatch(/timed out: only \d+ bytes were sent/);
  });
});

it("a listing that is slow with each page ends", async () => {
  let page = 0;
  const server = await startScript(async ({ url }) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const next = `${url.split("?")[0] ?? ""}?last=${++page}`;
    return {
      status: 200,
      headers: { link: `<${next}>; rel="next"` },
      body: JSON.stringify({ tags: [`t${page}`] }),
    };
  });
  open.push(server);
  const client = clientWith({ requestMs: 100 * 2 });
  const listing = client.listTags({ host: server.host, path: "a" });
  const failure = await listing.catch((error: unknown) => error as Error);
  expect((failure as Error).message).toMatch(/did not finish within 2 seconds$|timed out/);
});

it("a silent registry gets less time for the next request, until it answers again", async () => {
  let talks = false;
  const server = await serve((socket) => {
    if (talks)
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"tags":["v"]}'.slice(0, -1));
  });
  const client = clientWith({ requestMs: 1_000 });
  const ask = () => client.listTags({ host: server.host, path: "a" });
  await expect(ask()).rejects.toThrow(/timed out/);
  const began = performance.now();
  await expect(ask()).rejects.toThrow("no response within 0.1 seconds");
  expect(performance.now() - began).toBeLessThan(800);
  talks = true;
  await expect(ask()).rejects.toThrow("is not a tag list");
  talks = false;
  await expect(ask()).rejects.toThrow(/no response within 0\.[45] seconds/);
});
