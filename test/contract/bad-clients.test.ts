import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRegistry } from "../../src/server/start.ts";
import { RawConnection } from "../support/raw-http.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";
import {
  bundleRegistry,
  type RegistryBundle,
  type RegistryProcess,
} from "../support/registry-process.ts";

const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const zeros = `sha256:${"0".repeat(64)}`;
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const mebibyte = 1 << 20;

/** A request's head and what follows it; the connection closes after the answer. */
function request(line: string, fields: readonly string[] = [], body = ""): string {
  const head = [`${line} HTTP/1.1`, "host: localhost", "connection: close", ...fields];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

function withBody(line: string, body: string, fields: readonly string[] = []): string {
  return request(line, [`content-length: ${Buffer.byteLength(body)}`, ...fields], body);
}

function putManifest(body: string, fields: readonly string[] = []): string {
  return withBody("PUT /v2/app/manifests/v1", body, [`content-type: ${manifestType}`, ...fields]);
}

const post = "POST /v2/app/blobs/uploads/";
const blob = `${post}?digest=${sha256("abc")}`;

/** What is sent, the status of the last answer, and the spec's code in it. */
const shapes: readonly (readonly [string, string | Buffer, number, string])[] = [
  // Paths.
  ["a path with dots", request("GET /v2/../../etc/passwd"), 404, "UNSUPPORTED"],
  ["a name of dots", request("GET /v2/a/../b/tags/list"), 400, "NAME_INVALID"],
  ["encoded dots", request("GET /v2/%2e%2e/%2e%2e/tags/list"), 400, "NAME_INVALID"],
  ["encoded slashes and dots", request("GET /v2/..%2f..%2fa/tags/list"), 400, "NAME_INVALID"],
  ["dots encoded twice", request("GET /v2/%252e%252e/tags/list"), 400, "NAME_INVALID"],
  ["a name with a null byte", request("GET /v2/a%00b/tags/list"), 400, "NAME_INVALID"],
  ["a tag with a null byte", request("GET /v2/app/manifests/v1%00"), 400, "TAG_INVALID"],
  ["what is no UTF-8", request("GET /v2/%ff%fe/tags/list"), 400, "NAME_INVALID"],
  ["half an escape", request("GET /v2/a%2/tags/list"), 400, "NAME_INVALID"],
  ["a name with a backslash", request("GET /v2/a\\..\\b/tags/list"), 400, "NAME_INVALID"],
  ["upper case", request("GET /v2/App/tags/list"), 400, "NAME_INVALID"],
  ["a long name", request(`GET /v2/${"a".repeat(300)}/tags/list`), 400, "NAME_INVALID"],
  [
    "a name of many parts",
    request(`GET /v2/${"a/".repeat(2_000)}a/tags/list`),
    400,
    "NAME_INVALID",
  ],
  ["a long tag", request(`GET /v2/app/manifests/${"a".repeat(129)}`), 400, "TAG_INVALID"],
  ["a long address", request(`GET /v2/${"a".repeat(100_000)}`), 431, "UNSUPPORTED"],
  ["an upload's id of dots", request("GET /v2/a/blobs/uploads/%2e%2e"), 404, "BLOB_UPLOAD_UNKNOWN"],
  // Digests.
  ["an unknown algorithm", request("GET /v2/app/blobs/md5:00"), 400, "DIGEST_INVALID"],
  [
    "a digest in upper case",
    request(`GET /v2/a/blobs/${zeros.replace("0", "A")}`),
    400,
    "DIGEST_INVALID",
  ],
  ["a digest that is a path", request("GET /v2/a/blobs/sha256:..%2f..%2fx"), 404, "UNSUPPORTED"],
  ["a wrong digest", withBody(`${post}?digest=${zeros}`, "abc"), 400, "DIGEST_INVALID"],
  [
    "a mount of no digest",
    request(`${post}?mount=x&from=app`, ["content-length: 0"]),
    400,
    "DIGEST_INVALID",
  ],
  // Lengths.
  [
    "two lengths",
    request(blob, ["content-length: 3", "content-length: 4"], "abcd"),
    400,
    "UNSUPPORTED",
  ],
  [
    "a length and chunks",
    request(blob, ["content-length: 3", "transfer-encoding: chunked"], "0\r\n\r\n"),
    400,
    "UNSUPPORTED",
  ],
  [
    "chunks, and then something else",
    request(blob, ["transfer-encoding: chunked, identity"], "0\r\n\r\n"),
    400,
    "UNSUPPORTED",
  ],
  ["a negative length", request(blob, ["content-length: -1"]), 400, "UNSUPPORTED"],
  [
    "a length beyond counting",
    request(blob, [`content-length: 1${"0".repeat(40)}`]),
    400,
    "UNSUPPORTED",
  ],
  [
    "a chunk's length that is none",
    request(blob, ["transfer-encoding: chunked"], "zz\r\nabc\r\n"),
    400,
    "UNSUPPORTED",
  ],
  ["a folded header", request("GET /v2/", ["x: a", " content-length: 5"]), 400, "UNSUPPORTED"],
  [
    "a header with a bare line feed",
    "GET /v2/ HTTP/1.1\nhost: localhost\nconnection: close\n\n",
    400,
    "UNSUPPORTED",
  ],
  ["a space before the colon", request(blob, ["content-length : 3"], "abc"), 400, "UNSUPPORTED"],
  // Methods and heads.
  ["an unknown method", request("BREW /v2/"), 400, "UNSUPPORTED"],
  ["a method that nobody serves", request("TRACE /v2/"), 405, "UNSUPPORTED"],
  ["what is no HTTP", "EHLO registry\r\n\r\n", 400, "UNSUPPORTED"],
  [
    "a head that is too large",
    request("GET /v2/", [`x: ${"a".repeat(20_000)}`]),
    431,
    "UNSUPPORTED",
  ],
  [
    "very many headers",
    request(
      "GET /v2/",
      Array.from({ length: 10_000 }, (_, i) => `x${i}: 1`),
    ),
    431,
    "UNSUPPORTED",
  ],
  [
    "an expectation that nobody meets",
    request("GET /v2/", ["expect: wonders"]),
    417,
    "UNSUPPORTED",
  ],
  // Numbers.
  [
    "a number of tags beyond counting",
    request(`GET /v2/_catalog?n=${"9".repeat(400)}`),
    400,
    "PAGINATION_NUMBER_INVALID",
  ],
  ["a negative number of tags", request("GET /v2/_catalog?n=-5"), 400, "PAGINATION_NUMBER_INVALID"],
  [
    "a number of tags as a power",
    request("GET /v2/_catalog?n=1e9"),
    400,
    "PAGINATION_NUMBER_INVALID",
  ],
  // Manifests.
  ["no manifest at all", putManifest(""), 400, "MANIFEST_INVALID"],
  ["a manifest that is a number", putManifest("1e999"), 400, "MANIFEST_INVALID"],
  [
    "a manifest in gzip",
    Buffer.concat([
      Buffer.from(putManifest("").replace("length: 0", `length: ${gzipSync("{}").length}`)),
      gzipSync("{}"),
    ]),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "invalid UTF-8",
    Buffer.concat([
      Buffer.from(request("PUT /v2/app/manifests/v1", ["content-length: 60"])),
      Buffer.from('{"schemaVersion":2,"config":{},"layers":[],"x":"'),
      Buffer.alloc(12, 0xff),
    ]),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "fields that come twice",
    putManifest('{"schemaVersion":2,"schemaVersion":1}'),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "a size beyond counting",
    putManifest(imageOf(`{"mediaType":"x","digest":"${zeros}","size":1e300}`)),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "a digest that is a path in a manifest",
    putManifest(imageOf('{"mediaType":"x","digest":"../../x","size":1}')),
    400,
    "MANIFEST_INVALID",
  ],
  ["lists in lists", putManifest("[".repeat(4 * mebibyte)), 400, "MANIFEST_INVALID"],
  [
    "lists in lists that end",
    putManifest(`{"schemaVersion":${"[".repeat(2_000_000)}${"]".repeat(2_000_000)}}`),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "objects in objects",
    putManifest(`{"schemaVersion":2,"layers":${'{"a":'.repeat(600_000)}1${"}".repeat(600_000)}}`),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "a million descriptors of nothing",
    putManifest(imageOf("{}", "{},".repeat(1_000_000) + "{}")),
    400,
    "MANIFEST_INVALID",
  ],
  ["as many descriptors as fit", putManifest(manyDescriptors()), 400, "MANIFEST_INVALID"],
  [
    "a byte order mark",
    putManifest(`\ufeff${imageOf(`{"mediaType":"x","digest":"${zeros}","size":1}`)}`),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "a long media type",
    putManifest(`{"schemaVersion":2,"mediaType":"${"x".repeat(mebibyte)}"}`),
    400,
    "MANIFEST_INVALID",
  ],
  [
    "a manifest of more than 4 MiB",
    request("PUT /v2/app/manifests/v1", [`content-length: ${1 << 30}`]),
    413,
    "SIZE_INVALID",
  ],
];

function imageOf(config: string, layers = ""): string {
  return `{"schemaVersion":2,"mediaType":"${manifestType}","config":${config},"layers":[${layers}]}`;
}

/** Each of another blob, none of which is there. */
function manyDescriptors(): string {
  const layers: string[] = [];
  for (let bytes = 300; bytes < 4 * mebibyte - 120; ) {
    const digest = `sha256:${layers.length.toString(16).padStart(64, "0")}`;
    layers.push(`{"mediaType":"","digest":"${digest}","size":0}`);
    bytes += (layers.at(-1)?.length ?? 0) + 1;
  }
  return imageOf(layers.pop() ?? "", layers.join(","));
}

let bundle: RegistryBundle;
let folder = "";
beforeAll(async () => {
  bundle = await bundleRegistry();
  folder = await mkdtemp(join(tmpdir(), "layerkeep-bad-clients-"));
});
afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("the embedded registry", () => {
  let registry: RegistryProcess;
  beforeAll(async () => {
    registry = await bundle.start(join(folder, "shapes"));
  });
  afterAll(() => registry.kill());

  test.each(shapes)("%s", async (_, sent, status, code) => {
    const said = await say(registry.url, sent);
    const [head = "", body = ""] = lastAnswer(said);
    expect(Number(head.slice(9, 12))).toBe(status);
    if (status < 400) return;
    expect(head.toLowerCase()).toContain("content-type: application/json");
    expect(JSON.parse(body)).toMatchObject({ errors: [{ code }] });
    // What was sent does not come back at length.
    expect(body.length).toBeLessThan(20_000);
  });

  test("answers a body that it does not want before it comes, where the client asks", async () => {
    const fields = ["expect: 100-continue", `content-length: ${1 << 30}`];
    const said = await say(registry.url, request("PUT /v2/app/manifests/v1", fields));
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413"]);
    expect(said.toLowerCase()).toContain("connection: close");
  });

  test("answers a body that it does not want so that a client reads it that first sends all", async () => {
    const socket = dial(registry.url);
    const closed = all(socket);
    socket.pause();
    socket.write(request("PUT /v2/app/manifests/v1", [`content-length: ${8 * mebibyte}`]));
    socket.write(Buffer.alloc(8 * mebibyte - 1, " "));
    await sleep(1_000);
    socket.write(" ");
    socket.resume();
    expect(lastAnswer(await closed)[0]).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("asks for a body that it wants", async () => {
    const socket = dial(registry.url);
    const closed = all(socket);
    socket.write(request(blob, ["expect: 100-continue", "content-length: 3"]));
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first.toString()).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write("abc");
    expect((await closed).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 100", "HTTP/1.1 201"]);
  });

  test("takes the bytes of a blob as they are, whatever they say to be encoded in", async () => {
    const bytes = gzipSync("abc");
    const line = `${post}?digest=${sha256(bytes)}`;
    const fields = [`content-length: ${bytes.length}`, "content-encoding: gzip"];
    const sent = Buffer.concat([Buffer.from(request(line, fields)), bytes]);
    expect(lastAnswer(await say(registry.url, sent))[0]).toMatch(/^HTTP\/1\.1 201 /);
  });

  test("answers requests that come all at once, in order", async () => {
    const get = "GET /v2/app/manifests/none HTTP/1.1\r\nhost: localhost\r\n\r\n";
    const said = await say(registry.url, get.repeat(2_000) + request("GET /v2/"));
    const statuses = said.match(/HTTP\/1\.1 \d+/g) ?? [];
    expect(statuses.length).toBe(2_001);
    expect([statuses[0], statuses.at(-1)]).toEqual(["HTTP/1.1 404", "HTTP/1.1 200"]);
  });

  test("does not take the rest of a body for a request", async () => {
    const inner = request("DELETE /v2/app/manifests/v1");
    const said = await say(registry.url, withBody("PUT /v2/app/manifests/-", inner));
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
  });

  test.each(["bytes=9-1", `bytes=${"9".repeat(5_000)}-`, "bytes=-0", "bytes=5-"])(
    "answers the range %s of three bytes with 416",
    async (range) => {
      await say(registry.url, withBody(blob, "abc"));
      const line = `GET /v2/app/blobs/${sha256("abc")}`;
      const [head, body = ""] = lastAnswer(
        await say(registry.url, request(line, [`range: ${range}`])),
      );
      expect(head).toMatch(/^HTTP\/1\.1 416 /);
      expect(JSON.parse(body)).toMatchObject({ errors: [{ code: "RANGE_INVALID" }] });
    },
  );

  test.each(["bytes=0-0,0-0,0-0,0-0", `bytes=${"0-,".repeat(3_000)}0-`, "pages=1-2", "bytes=x-y"])(
    "sends the whole where a range is many or none (%#)",
    async (range) => {
      await say(registry.url, withBody(blob, "abc"));
      const line = `GET /v2/app/blobs/${sha256("abc")}`;
      const [head, body] = lastAnswer(await say(registry.url, request(line, [`range: ${range}`])));
      expect([head?.slice(0, 12), body]).toEqual(["HTTP/1.1 200", "abc"]);
    },
  );

  test.each(["9".repeat(400), "5-1", `0-${"9".repeat(30)}`, "-1-2", "bytes 0-2/x", "a-b"])(
    "refuses the chunk %s",
    async (range) => {
      const location = await begin(registry.url);
      const sent = withBody(`PATCH ${location}`, "abc", [`content-range: ${range}`]);
      const [head, body = ""] = lastAnswer(await say(registry.url, sent));
      expect(head).toMatch(/^HTTP\/1\.1 416 /);
      expect(JSON.parse(body)).toMatchObject({ errors: [{ code: "RANGE_INVALID" }] });
    },
  );

  test("holds no more than a part of the manifests that come in at once", async () => {
    const before = memoryOf(registry);
    const body = Buffer.alloc(4 * mebibyte - 1, " ");
    const head = request("PUT /v2/app/manifests/v1", [`content-length: ${body.length + 1}`]);
    const said = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = dial(registry.url);
        const closed = all(socket);
        socket.write(head);
        socket.write(body);
        await sleep(3_000);
        socket.write(" ");
        return lastAnswer(await closed)[0]?.slice(9, 12);
      }),
    );
    expect(new Set(said)).toEqual(new Set(["400", "503"]));
    expect(memoryOf(registry) - before).toBeLessThan(400 * mebibyte);
  });

  test("still serves after all of it, in bounded memory, and has left nothing behind", async () => {
    const content = "what a good client sends";
    const sent = withBody(`${post}?digest=${sha256(content)}`, content);
    expect(await say(registry.url, sent)).toMatch(/^HTTP\/1\.1 201 /);
    const got = await fetch(`${registry.url}/v2/app/blobs/${sha256(content)}`);
    expect(await got.text()).toBe(content);
    expect(memoryOf(registry)).toBeLessThan(600 * mebibyte);
    const { size: reserved } = await stat(join(folder, "shapes", "reserve"));
    expect((await diskOf(join(folder, "shapes"))) - reserved).toBeLessThan(mebibyte);
  });
});

describe("ten thousand uploads", () => {
  let registry: RegistryProcess;
  let root = "";
  let locations: string[] = [];
  beforeAll(async () => {
    root = join(folder, "uploads");
    registry = await bundle.start(root);
  });
  afterAll(() => registry.kill());

  test("begun and never ended cost little memory and no disk", async () => {
    const [memory, disk] = [memoryOf(registry), await diskOf(root)];
    const url = new URL("/v2/app/blobs/uploads/", registry.url);
    locations = await onConnections(registry.url, 10_000, async (connection) => {
      const { status, location } = await connection.request("POST", url);
      expect(status).toBe(202);
      return location;
    });
    expect(memoryOf(registry) - memory).toBeLessThan(100 * mebibyte);
    expect((await diskOf(root)) - disk).toBeLessThan(mebibyte);
    const refused = await fetch(url, { method: "POST" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(await refused.json()).toMatchObject({ errors: [{ code: "TOOMANYREQUESTS" }] });
  });

  test("with a byte each cost little memory, and a block of the disk each", async () => {
    const [memory, disk] = [memoryOf(registry), await diskOf(root)];
    const rest = [...locations];
    await onConnections(registry.url, locations.length, async (connection) => {
      const url = new URL(rest.pop() ?? "", registry.url);
      expect((await connection.request("PATCH", url, Buffer.from("x"))).status).toBe(202);
    });
    expect(memoryOf(registry) - memory).toBeLessThan(100 * mebibyte);
    expect((await diskOf(root)) - disk).toBeLessThan(64 * mebibyte);
  });

  test("do not keep others from pushing", async () => {
    expect(await say(registry.url, withBody(blob, "abc"))).toMatch(/^HTTP\/1\.1 201 /);
  });
});

describe("a client that is slow", () => {
  test.each([
    ["in the middle of a body", `${request(blob, ["content-length: 1000"])}only this`],
    ["in the middle of chunks", `${request(blob, ["transfer-encoding: chunked"])}3\r\nabc\r\n`],
    ["in the middle of a manifest", request("PUT /v2/app/manifests/v1", ["content-length: 9"])],
  ])("and stops %s is told so and let go", async (_, sent) => {
    const root = await mkdtemp(join(folder, "slow-"));
    await using registry = await startRegistry({ root, idleMs: 200 });
    const files = await readdir(root, { recursive: true });
    const [head, body = ""] = lastAnswer(await say(registry.url, sent));
    expect(head).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(body)).toMatchObject({ errors: [{ code: expect.any(String) as unknown }] });
    expect(await readdir(root, { recursive: true })).toEqual(files);
    expect((await fetch(`${registry.url}/v2/`)).status).toBe(200);
  });
});

describe.each(registryKinds)("$name goes on serving after", ({ start }) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test("all of these", async () => {
    const url = `http://${registry.host}`;
    const rest = shapes.map(([, sent]) => sent);
    const patienceMs = 1_000;
    const sendSome = async (): Promise<void> => {
      for (let sent = rest.pop(); sent !== undefined; sent = rest.pop()) {
        await say(url, sent, patienceMs);
      }
    };
    await Promise.all(Array.from({ length: 8 }, sendSome));
    expect((await fetch(`${url}/v2/`)).status).toBe(200);
    expect(await begin(url)).toMatch(/\/v2\/app\/blobs\/uploads\//);
  });
});

async function begin(url: string): Promise<string> {
  const begun = await fetch(`${url}/v2/app/blobs/uploads/`, { method: "POST" });
  return new URL(begun.headers.get("location") ?? "", url).pathname;
}

/** Runs work so many times, over eight connections. */
async function onConnections<T>(
  url: string,
  times: number,
  work: (connection: RawConnection) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let left = times;
  const run = async (): Promise<void> => {
    const connection = await RawConnection.open(new URL(url));
    while (left > 0) {
      left -= 1;
      results.push(await work(connection));
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: 8 }, run));
  return results;
}

function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

/** All that comes until the other side closes; a connection that breaks has said what it has. */
function all(socket: Socket): Promise<string> {
  let said = "";
  socket.on("data", (chunk) => (said += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  return new Promise((resolve) => socket.once("close", () => resolve(said)));
}

/** Sends what is given, and gives all that is said until the connection closes or nothing more comes. */
async function say(url: string, sent: string | Buffer, patienceMs = 20_000): Promise<string> {
  const socket = dial(url);
  socket.setTimeout(patienceMs, () => socket.destroy());
  const said = all(socket);
  socket.write(sent);
  return said;
}

/** Head and body of the last answer. */
function lastAnswer(said: string): string[] {
  const last = said.slice(Math.max(said.lastIndexOf("HTTP/1.1 "), 0));
  const end = last.indexOf("\r\n\r\n");
  return [last.slice(0, end), last.slice(end + 4)];
}

/** Bytes of memory that the process has now. */
function memoryOf({ pid }: RegistryProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Bytes that a folder takes on the disk. */
async function diskOf(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true });
  let blocks = 0;
  for (const name of names) blocks += (await stat(join(path, name))).blocks;
  return blocks * 512;
}
