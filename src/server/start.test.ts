import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { digestOf } from "../oci/digest.ts";
import type { LogEntry } from "./observe/log.ts";
import { type RegistryOptions, type RunningRegistry, startRegistry } from "./start.ts";

let root = "";
let running: RunningRegistry[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-start-"));
});
afterEach(async () => {
  await Promise.all(running.map((registry) => registry.close()));
  running = [];
  await rm(root, { recursive: true, force: true });
});

async function start(options: Partial<RegistryOptions> = {}): Promise<RunningRegistry> {
  const registry = await startRegistry({ root, ...options });
  running.push(registry);
  return registry;
}

async function refusal(
  options: Partial<RegistryOptions>,
): Promise<{ message: string; hint: unknown }> {
  const error: unknown = await start(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error(`not refused: ${String(error)}`);
  return { message: error.message, hint: error.hint };
}

describe("starting", () => {
  test("uses a free port on loopback and returns its address", async () => {
    const registry = await start();
    expect(registry.host).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    expect(registry.url).toBe(`http://${registry.host}`);
    expect((await fetch(`${registry.url}/v2/`)).status).toBe(200);
  });

  test("releases root and port when it is closed, and closes only once", async () => {
    const first = await start();
    await Promise.all([first.close(), first.close()]);
    const second = await start({ listen: first.host });
    expect(second.host).toBe(first.host);
  });

  test("of several addresses it takes the first that is free, and counts its requests", async () => {
    const first = await start();
    const other = join(root, "other");
    const second = await start({ root: other, listen: [first.host, "127.0.0.1:0"] });
    expect(second.host).not.toBe(first.host);
    expect(second.activity.lastRequestAt()).toBeUndefined();
    await (await fetch(`${second.url}/v2/`)).text();
    await expect.poll(() => second.activity.openRequests()).toBe(0);
    expect(second.activity.lastRequestAt()).toBeTypeOf("number");
    expect(await refusal({ root: join(root, "third"), listen: [first.host] })).toMatchObject({
      message: `the registry cannot listen on ${first.host}: the port is in use`,
    });
  });

  test("an upload that waits for permission to send its body counts as a request", async () => {
    const registry = await start();
    const { port } = new URL(registry.url);
    const socket = connect(Number(port), "127.0.0.1");
    const digest = `sha256:${"0".repeat(64)}`;
    socket.write(
      `POST /v2/app/blobs/uploads/?digest=${digest} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n`,
    );
    await expect.poll(() => registry.activity.openRequests()).toBe(1);
    expect(registry.activity.lastRequestAt()).toBeTypeOf("number");
    socket.destroy();
    await expect.poll(() => registry.activity.openRequests()).toBe(0);
  });

  test("listens beyond loopback only with a password", async () => {
    expect(await refusal({ listen: "0.0.0.0:0" })).toEqual({
      message: "a registry on 0.0.0.0 needs a password",
      hint: "set a password, or listen on 127.0.0.1: without a password, anyone on the network can write to it",
    });
    expect((await refusal({ listen: ":0" })).message).toBe(
      "a registry on 0.0.0.0 needs a password",
    );
    expect((await refusal({ listen: "[::]:0" })).message).toBe(
      "a registry on [::] needs a password",
    );
    const auth = { user: "ada", password: "x" };
    const registry = await start({ listen: "0.0.0.0:0", auth, insecurePlainHttp: true });
    expect(registry.host).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((await fetch(`${registry.url}/v2/`)).status).toBe(401);
  });

  test.each(["nonsense", "127.0.0.1", "127.0.0.1:70000", "http://127.0.0.1:1"])(
    "refuses to listen on %s",
    async (listen) => {
      expect(await refusal({ listen })).toEqual({
        message: `"${listen}" is not a valid listen address`,
        hint: "use host:port, such as 127.0.0.1:5000, or port 0 for any free port",
      });
    },
  );

  test("reports that a port is in use, and releases the root", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      expect(await refusal({ listen: `127.0.0.1:${port}` })).toEqual({
        message: `the registry cannot listen on 127.0.0.1:${port}: the port is in use`,
        hint: "choose another address, or port 0 for any free port",
      });
    } finally {
      other.close();
    }
    expect(await readdir(root)).not.toContainEqual(expect.stringMatching(/^lock-/));
  });

  test("reports that a root is in use", async () => {
    await start();
    expect((await refusal({})).message).toBe(
      `${root} is in use by another registry, process ${process.pid}`,
    );
  });

  test("reports that a root cannot be written", async () => {
    const file = join(root, "file");
    await writeFile(file, "");
    const { message } = await refusal({ root: join(file, "root") });
    expect(message).toMatch(`the registry cannot store its data in ${join(file, "root")}: ENOTDIR`);
  });
});

describe("serving", () => {
  test("asks for the password before anything else", async () => {
    const registry = await start({ auth: { user: "ada", password: "secret" } });
    const content = randomBytes(200_000);
    const path = `${registry.url}/v2/app/blobs/uploads/?digest=${digestOf(content)}`;
    const denied = await fetch(path, { method: "POST", body: content });
    expect([denied.status, await denied.json()]).toEqual([
      401,
      { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] },
    ]);
    const authorization = `Basic ${btoa("ada:secret")}`;
    const taken = await fetch(path, { method: "POST", body: content, headers: { authorization } });
    expect(taken.status).toBe(201);
  });

  test("writes nothing if it is read-only", async () => {
    const registry = await start({ readOnly: true });
    const refused = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
    expect([refused.status, refused.headers.get("allow"), await refused.json()]).toEqual([
      405,
      "GET, HEAD",
      { errors: [{ code: "UNSUPPORTED", message: "the registry is read-only" }] },
    ]);
    expect((await fetch(`${registry.url}/v2/`)).status).toBe(200);
  });

  test("logs each request with its outcome", async () => {
    const entries: LogEntry[] = [];
    const registry = await start({ onLog: (entry) => entries.push(entry) });
    const headers = { "user-agent": "probe/1" };
    await fetch(`${registry.url}/v2/`, { headers });
    await fetch(`${registry.url}/v2/app/manifests/v1?secret=1`, { headers });
    await fetch(`${registry.url}/v2/app/blobs/uploads/?digest=${digestOf("abc")}`, {
      method: "POST",
      body: "abc",
      headers,
    });
    await sleep(10);
    const same = {
      time: expect.any(Number) as unknown,
      milliseconds: expect.any(Number) as unknown,
      remote: "127.0.0.1",
      userAgent: "probe/1",
    };
    expect(entries).toEqual([
      { ...same, method: "GET", path: "/v2/", route: "base", status: 200, bytesIn: 0, bytesOut: 2 },
      {
        ...same,
        method: "GET",
        path: "/v2/app/manifests/v1",
        route: "manifest",
        repository: "app",
        reference: "v1",
        status: 404,
        bytesIn: 0,
        bytesOut: 121,
        refusal: expect.objectContaining({ code: "MANIFEST_UNKNOWN" }) as unknown,
      },
      {
        ...same,
        method: "POST",
        path: "/v2/app/blobs/uploads/",
        route: "uploads",
        repository: "app",
        status: 201,
        bytesIn: 3,
        bytesOut: 0,
      },
    ]);
  });
});

describe("a bad client", () => {
  test("that stops in the middle of a body is told so and disconnected", async () => {
    const registry = await start({ idleMs: 150 });
    const client = await dial(registry);
    client.socket.write(
      "POST /v2/app/blobs/uploads/?digest=sha256:" +
        `${"0".repeat(64)} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nonly this`,
    );
    const said = await client.closed;
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(said).toContain(
      '"code":"BLOB_UPLOAD_INVALID","message":"the request body stopped arriving"',
    );
    expect(await readdir(join(root, "uploads"))).toEqual([]);
  });

  test("that sends no complete header is disconnected", async () => {
    const registry = await start({ idleMs: 150 });
    const client = await dial(registry);
    client.socket.write("GET /v2/ HTT");
    expect(await client.closed).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test("with a header that is too large gets 431", async () => {
    const registry = await start();
    const client = await dial(registry);
    client.socket.write(
      `GET /v2/ HTTP/1.1\r\nhost: localhost\r\nx-bomb: ${"a".repeat(20_000)}\r\n\r\n`,
    );
    expect(await client.closed).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("that speaks something else gets 400", async () => {
    const registry = await start();
    const client = await dial(registry);
    client.socket.write("EHLO registry\r\n\r\n");
    expect(await client.closed).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("that sends more than announced gets 400, and only the announced part is kept", async () => {
    const registry = await start();
    const client = await dial(registry);
    const content = "0123456789";
    client.socket.write(
      `POST /v2/app/blobs/uploads/?digest=${digestOf(content)} HTTP/1.1\r\nhost: localhost\r\n` +
        `content-length: 10\r\n\r\n${content} and more`,
    );
    const said = await client.closed;
    expect(said.match(/HTTP\/1\.1 \d+/g)?.at(-1)).toBe("HTTP/1.1 400");
    const kept = await fetch(`${registry.url}/v2/app/blobs/${digestOf(content)}`);
    // Whether the request finished before the rest was seen is a matter of microseconds.
    if (kept.status !== 404) expect(await kept.text()).toBe(content);
  });

  test("that is cut off in the middle of a chunk continues where it was", async () => {
    const registry = await start();
    const content = randomBytes(300_000);
    const begun = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
    const location = begun.headers.get("location") ?? "";
    const client = await dial(registry);
    client.socket.write(
      `PATCH ${location} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${content.length}\r\n\r\n`,
    );
    client.socket.write(content.subarray(0, 200_000), () => client.socket.resetAndDestroy());
    await client.closed.catch(() => undefined);
    let offset = 0;
    for (let tries = 0; tries < 100 && offset === 0; tries++) {
      await sleep(10);
      const status = await fetch(`${registry.url}${location}`);
      offset = Number(/^0-(\d+)$/.exec(status.headers.get("range") ?? "")?.[1]);
    }
    // Data that the kernel had not delivered before the reset is lost.
    expect(offset).toBeLessThan(200_000);
    expect(offset).toBeGreaterThan(0);
    await sleep(50);
    const status = await fetch(`${registry.url}${location}`);
    const next = Number(/^0-(\d+)$/.exec(status.headers.get("range") ?? "")?.[1]) + 1;
    const put = await fetch(`${registry.url}${location}?digest=${digestOf(content)}`, {
      method: "PUT",
      body: content.subarray(next),
      headers: { "content-range": `${next}-${content.length - 1}` },
    });
    expect(put.status).toBe(201);
    const got = await fetch(`${registry.url}/v2/app/blobs/${digestOf(content)}`);
    expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(digestOf(content));
  });

  test("that disconnects in the middle of a download harms nobody", async () => {
    const entries: LogEntry[] = [];
    const registry = await start({ onLog: (entry) => entries.push(entry) });
    const content = Buffer.alloc(16 << 20, 1);
    const digest = digestOf(content);
    const path = `${registry.url}/v2/app/blobs/`;
    await fetch(`${path}uploads/?digest=${digest}`, { method: "POST", body: content });
    const client = await dial(registry);
    client.socket.write(`GET /v2/app/blobs/${digest} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    client.socket.pause();
    await sleep(50);
    client.socket.destroy();
    for (let tries = 0; tries < 100 && entries.length < 2; tries++) await sleep(10);
    expect(entries.at(-1)).toMatchObject({ method: "GET", status: 0 });
    const again = await fetch(`${path}${digest}`);
    expect(digestOf(new Uint8Array(await again.arrayBuffer()))).toBe(digest);
  });

  test("that sends an unwanted body gets the reason", async () => {
    const registry = await start();
    const response = await fetch(`${registry.url}/v2/NO/manifests/v1`, {
      method: "PUT",
      body: randomBytes(3 << 20),
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      { errors: [{ code: "NAME_INVALID", message: '"NO" is not a repository name' }] },
    ]);
  });
});

/** Opens a connection; collects what it receives until it is closed. */
async function dial(
  registry: RunningRegistry,
): Promise<{ socket: Socket; closed: Promise<string> }> {
  const port = Number(new URL(registry.url).port);
  const socket = connect(port, "127.0.0.1");
  let said = "";
  socket.on("data", (chunk) => (said += chunk.toString("latin1")));
  const closed = new Promise<string>((resolve, reject) => {
    socket.once("close", () => resolve(said));
    socket.once("error", reject);
  });
  closed.catch(() => undefined);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return { socket, closed };
}
