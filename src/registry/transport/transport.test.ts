import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RegistryError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import {
  type Script,
  type ScriptedServer,
  startScript,
} from "../../../test/support/scripted-server.ts";
import { startTlsServer } from "../../../test/support/tls-server.ts";
import { RegistryClient, type RegistryClientOptions } from "../client.ts";
import { anonymous } from "../auth/credentials.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScript(script);
  open.push(server);
  return server;
}

/** A client that does not wait, and records its pauses. */
function clientWith(options: Partial<RegistryClientOptions> = {}) {
  const waits: number[] = [];
  const client = new RegistryClient({
    credentials: anonymous,
    sleep: (ms) => Promise.resolve(void waits.push(ms)),
    random: () => 1,
    clock: () => Date.parse("2026-11-21T00:00:00Z"),
    ...options,
  });
  open.push(client);
  return { client, waits };
}

const tags = { status: 200, body: '{"tags":["v1"]}' };
const errorBody = (code: string, message: string) =>
  JSON.stringify({ errors: [{ code, message }] });

async function failureOf(promise: Promise<unknown>): Promise<RegistryError> {
  try {
    await promise;
  } catch (error) {
    return error as RegistryError;
  }
  throw new Error("it did not fail");
}

describe("a request with a transient failure", () => {
  it("is sent again after three 500s, each time after a longer wait", async () => {
    const server = await serve((_, seen) => (seen.length <= 3 ? { status: 500 } : tags));
    const { client, waits } = clientWith();
    expect(await client.listTags({ host: server.host, path: "a" })).toEqual(["v1"]);
    expect(waits).toEqual([400, 800, 1600]);
  });

  it("is sent five times at most", async () => {
    const server = await serve(() => ({ status: 503, body: errorBody("UNAVAILABLE", "busy") }));
    const failure = await failureOf(clientWith().client.listTags({ host: server.host, path: "a" }));
    expect(server.seen).toHaveLength(5);
    expect(failure).toMatchObject({
      code: "registry",
      method: "GET",
      status: 503,
      retryable: true,
    });
    expect(failure.message).toBe(
      `GET http://${server.host}/v2/a/tags/list?n=1000: 503 UNAVAILABLE: busy`,
    );
  });

  it("waits as long as a 429 requires, in seconds or until a date", async () => {
    const after = ["7", "Sat, 21 Nov 2026 00:00:30 GMT"];
    const server = await serve((_, seen) => {
      const header = after[seen.length - 1];
      return header === undefined ? tags : { status: 429, headers: { "retry-after": header } };
    });
    const { client, waits } = clientWith({ random: () => 0 });
    await client.listTags({ host: server.host, path: "a" });
    expect(waits).toEqual([7000, 30_000]);
  });

  it("holds back all requests to a host while a 429 or 503 asks for a pause", async () => {
    let answers = 0;
    let busy = true;
    const server = await serve(() => {
      if (!busy) return tags;
      answers++;
      return { status: answers % 2 === 0 ? 429 : 503, headers: { "retry-after": "7" } };
    });
    const other = await serve(() => tags);
    let wake: () => void = () => undefined;
    const pause = new Promise<void>((resolve) => (wake = resolve));
    const waits: number[] = [];
    const { client } = clientWith({
      random: () => 0,
      sleep: (ms) => {
        waits.push(ms);
        return pause;
      },
    });
    const first = [1, 2].map(() => client.listTags({ host: server.host, path: "a" }));
    await vi.waitFor(() => expect(waits).toEqual([7000, 7000]));
    const later = client.listTags({ host: server.host, path: "b" });
    expect(await client.listTags({ host: other.host, path: "a" })).toEqual(["v1"]);
    expect(server.seen).toHaveLength(2);
    busy = false;
    wake();
    expect(await Promise.all([...first, later])).toEqual([["v1"], ["v1"], ["v1"]]);
    expect(server.seen).toHaveLength(5);
  });

  it("runs with fewer others after a 429, and with more as the registry serves again", async () => {
    let running = 0;
    let most = 0;
    let refuse = true;
    let allCame = (): void => undefined;
    const first = new Promise<void>((resolve) => (allCame = resolve));
    const server = await serve(async () => {
      most = Math.max(most, ++running);
      if (running === 16) allCame();
      // However slow the machine is, the first ones wait for each other.
      await (refuse ? first : new Promise((resolve) => setTimeout(resolve, 5)));
      running--;
      return refuse ? { status: 429 } : tags;
    });
    const { client } = clientWith({ maxConnectionsPerHost: 16 });
    const ask = (count: number) =>
      Promise.allSettled(
        Array.from({ length: count }, () => client.listTags({ host: server.host, path: "a" })),
      );
    await ask(16);
    expect(most).toBe(16);
    refuse = false;
    most = 0;
    await ask(4);
    expect(most).toBeLessThanOrEqual(2);
    await ask(200);
    expect(most).toBeGreaterThan(8);
  });

  it("fails with an error if the registry asks for more than a minute", async () => {
    const server = await serve(() => ({ status: 429, headers: { "retry-after": "3600" } }));
    const failure = await failureOf(clientWith().client.listTags({ host: server.host, path: "a" }));
    expect(server.seen).toHaveLength(1);
    expect(failure.hint).toBe("try again in 3600 seconds, as the registry requested");
  });

  it("is sent again if the connection broke before the answer", async () => {
    const server = await serve((_, seen) => (seen.length === 1 ? "hang up" : tags));
    const { client } = clientWith();
    expect(await client.listTags({ host: server.host, path: "a" })).toEqual(["v1"]);
  });

  it("is sent again at once on a kept connection that the registry had closed", async () => {
    const server = await serve((_, seen) => (seen.length === 2 ? "hang up" : tags));
    const { client, waits } = clientWith({ maxConnectionsPerHost: 1 });
    await client.listTags({ host: server.host, path: "a" });
    expect(await client.listTags({ host: server.host, path: "a" })).toEqual(["v1"]);
    expect(waits).toEqual([]);
    expect(server.seen).toHaveLength(3);
  });
});

describe("a request that is refused", () => {
  it.each([400, 403, 405, 409, 413])("is not sent again after %s", async (status) => {
    const server = await serve(() => ({ status, body: errorBody("DENIED", "no") }));
    const failure = await failureOf(clientWith().client.listTags({ host: server.host, path: "a" }));
    expect(server.seen).toHaveLength(1);
    expect(failure).toMatchObject({ status, errors: [{ code: "DENIED", message: "no" }] });
  });

  it("accepts an answer that is not an error list", async () => {
    const server = await serve(() => ({ status: 403, body: "<html>".repeat(50_000) }));
    const failure = await failureOf(clientWith().client.listTags({ host: server.host, path: "a" }));
    expect(failure.message).toBe(`GET http://${server.host}/v2/a/tags/list?n=1000: 403`);
  });
});

describe("a host", () => {
  it("without a listener is named, with a hint", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    server.close();
    const { client, waits } = clientWith();
    const failure = await failureOf(client.ping(`127.0.0.1:${port}`));
    expect(failure.message).toBe(`GET http://127.0.0.1:${port}/v2/: connection refused`);
    expect(failure.hint).toBe(`start the registry at 127.0.0.1:${port}, or check the address`);
    expect(waits).toHaveLength(2);
  });

  it("that is not a registry is recognised", async () => {
    const server = await serve(() => ({ status: 404, body: "nothing" }));
    const failure = await failureOf(clientWith().client.ping(server.host));
    expect(failure.message).toContain("404");
    const login = await serve(() => ({ status: 401, headers: { "www-authenticate": "Basic" } }));
    expect((await clientWith().client.ping(login.host)).date?.getTime()).toBeGreaterThan(0);
  });
});

describe("a loopback registry that speaks TLS", () => {
  const serveTls = async (): Promise<string> => {
    const server = await startTlsServer((_, response) => response.end('{"tags":["v1"]}'));
    open.push(server);
    return server.host;
  };

  it("is recognised, and its certificate not trusted", async () => {
    const host = await serveTls();
    const failure = await failureOf(clientWith().client.listTags({ host, path: "a" }));
    expect(failure.message).toContain(`GET https://${host}/v2/a/tags/list?n=1000: the certificate`);
    expect(failure.hint).toContain(`list ${host} under "insecure"`);
  });

  it("is used if it is listed as insecure", async () => {
    const host = await serveTls();
    const { client } = clientWith({ insecure: [host] });
    const lists = Array.from({ length: 3 }, () => client.listTags({ host, path: "a" }));
    expect(await Promise.all(lists)).toEqual([["v1"], ["v1"], ["v1"]]);
  });
});

describe("a redirect", () => {
  const login = {
    credentials: () => Promise.resolve({ kind: "basic", username: "u", password: "p" } as const),
  };

  it("to another host is followed without the credentials", async () => {
    const content = Buffer.from("blob");
    const storage = await serve(() => ({ status: 200, body: content }));
    const server = await serve(({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { "www-authenticate": "Basic" } }
        : { status: 307, headers: { location: `http://${storage.host}/there?sig=1` } },
    );
    const descriptor = { mediaType: "x/y", digest: digestOf(content), size: 4 };
    const { client } = clientWith(login);
    const repository = { host: server.host, path: "a" };
    expect(await client.readBlob(repository, descriptor, 10)).toEqual(content);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Basic dTpw",
    ]);
    expect(storage.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ["/there?sig=1", undefined],
    ]);
  });

  it("is not followed forever", async () => {
    const server = await serve(({ url }) => ({ status: 302, headers: { location: url } }));
    const failure = await failureOf(clientWith().client.listTags({ host: server.host, path: "a" }));
    expect(failure.message).toContain("the registry redirects too often");
    expect(server.seen).toHaveLength(6);
  });

  it("to plain HTTP on another machine is refused", async () => {
    const location = "http://registry.invalid/x?token=S3CRET";
    const server = await serve(() => ({ status: 307, headers: { location } }));
    const failure = await failureOf(clientWith().client.listTags({ host: server.host, path: "a" }));
    expect(failure.message).toContain("redirects to http://registry.invalid, which is unencrypted");
    expect(failure.message).not.toContain("S3CRET");
  });
});

describe("an abort", () => {
  it("ends a running request, with the signal's reason", async () => {
    const abort = new AbortController();
    const server = await serve(
      () =>
        new Promise((resolve) => {
          abort.abort(new Error("enough"));
          setTimeout(() => resolve({ status: 200 }), 20);
        }),
    );
    const { client } = clientWith();
    const list = client.listTags({ host: server.host, path: "a" }, { signal: abort.signal });
    await expect(list).rejects.toThrow("enough");
  });

  it("prevents a request from being sent", async () => {
    const server = await serve(() => tags);
    const signal = AbortSignal.abort(new Error("enough"));
    const list = clientWith().client.listTags({ host: server.host, path: "a" }, { signal });
    await expect(list).rejects.toThrow("enough");
    expect(server.seen).toEqual([]);
  });
});

describe("a registry that holds nothing", () => {
  it("is not asked: reading finds nothing there", async () => {
    // Nothing listens on the port: a request would fail.
    const host = "127.0.0.1:9";
    const { client, waits } = clientWith({ empty: [host] });
    const repository = { host, path: "acme/app" };
    expect(await client.getManifest({ ...repository, tag: "1" })).toBeUndefined();
    expect(await client.headManifest({ ...repository, tag: "1" })).toBeUndefined();
    expect(await client.listTags(repository)).toEqual([]);
    expect(await client.resolveTags(repository, ["1", "2"])).toEqual(new Map());
    expect(await client.headBlob(repository, digestOf("blob"))).toBeUndefined();
    const blob = { digest: digestOf("blob"), size: 4, mediaType: "text/plain" };
    expect(await failureOf(client.readBlob(repository, blob, 10))).toMatchObject({ status: 404 });
    expect(waits).toEqual([]);
  });

  it("is asked to write, and others are asked for everything", async () => {
    const server = await serve(() => tags);
    const { client } = clientWith({ empty: [server.host] });
    const repository = { host: server.host, path: "acme/app" };
    await failureOf(client.startUpload(repository));
    expect(server.seen.map(({ method }) => method)).toEqual(["POST"]);
    const { client: other } = clientWith({ empty: ["127.0.0.1:9"] });
    expect(await other.listTags(repository)).toEqual(["v1"]);
  });
});
