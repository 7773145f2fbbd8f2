import { afterEach, describe, expect, it } from "vitest";
import { type ConnectProxy, startConnectProxy } from "../../../../test/support/connect-proxy.ts";
import { bytesOf } from "../../../../test/support/images.ts";
import { startScript } from "../../../../test/support/scripted-server.ts";
import { startTlsServer } from "../../../../test/support/tls-server.ts";
import { RegistryError, UsageError } from "../../../errors.ts";
import { digestOf } from "../../../oci/digest.ts";
import { RegistryClient, type RegistryClientOptions } from "../../client.ts";
import { anonymous } from "../../auth/credentials.ts";
import { proxyFor, proxySettings, type ProxySettings } from "./proxy.ts";

describe("proxySettings", () => {
  it("reads the variables in upper and lower case, upper case first, but not ALL_PROXY", () => {
    const env = {
      HTTP_PROXY: "http://upper:1",
      http_proxy: "http://lower:1",
      https_proxy: "http://lower:2",
      HTTPS_PROXY: "",
      no_proxy: "a,b",
      ALL_PROXY: "http://all:3",
    };
    expect(proxySettings(env)).toEqual({
      http: "http://upper:1",
      https: "http://lower:2",
      noProxy: "a,b",
    });
    const only = { ALL_PROXY: "http://all:3", all_proxy: "http://all:3" };
    expect(proxySettings(only)).toEqual({ http: undefined, https: undefined, noProxy: undefined });
  });
});

describe("proxyFor", () => {
  const settings = { http: "plain.proxy:3128", https: "http://tls.proxy:3128" };
  const proxyOf = (url: string, more: ProxySettings = {}) =>
    proxyFor(new URL(url), { ...settings, ...more })?.url.host;

  it("uses the proxy for the URL's scheme, and http if the variable has no scheme", () => {
    expect(proxyOf("https://registry.example/v2/")).toBe("tls.proxy:3128");
    expect(proxyOf("http://registry.example/v2/")).toBe("plain.proxy:3128");
    expect(proxyFor(new URL("https://registry.example/"), { http: "p:1" })).toBeUndefined();
  });

  it.each(["http://localhost:5000/", "https://127.0.0.1/", "http://127.9.9.9:1/", "http://[::1]/"])(
    "never uses a proxy for loopback: %s",
    (url) => {
      expect(proxyOf(url)).toBeUndefined();
    },
  );

  it.each([
    ["*", "https://registry.example/", true],
    ["registry.example", "https://registry.example/", true],
    [" Registry.Example ,x", "https://registry.example:5000/", true],
    ["example", "https://registry.example/", true],
    ["ample", "https://registry.example/", false],
    [".example", "https://registry.example/", true],
    ["*.example", "https://registry.example/", true],
    [".registry.example", "https://registry.example/", false],
    ["registry.example:443", "https://registry.example/", true],
    ["registry.example:5000", "https://registry.example/", false],
    ["registry.example:5000", "https://registry.example:5000/", true],
    ["10.1.2.3", "http://10.1.2.3:5000/", true],
    ["10.1.2.3:80", "http://10.1.2.3:5000/", false],
    ["10.0.0.0/8", "https://10.1.2.3/", true],
    ["10.0.0.0/8", "https://11.1.2.3/", false],
    ["10.0.0.0/99", "https://10.1.2.3/", false],
    ["fd00::/8", "https://[fd00::5]/", true],
    ["fd00::5", "https://[fd00::5]/", true],
    ["[fd00::5]:443", "https://[fd00::5]/", true],
    ["10.0.0.0/8", "https://registry.example/", false],
    [",,:443,/", "https://registry.example/", false],
  ])("with NO_PROXY=%s and %s: excepted %s", (noProxy, url, excepted) => {
    expect(proxyOf(url, { noProxy }) === undefined).toBe(excepted);
  });

  it("removes user and password from the address", () => {
    const found = proxyFor(new URL("https://r.example"), { https: "http://us%40er:p%25w@p:1" });
    expect(found?.url.href).toBe("http://p:1/");
    expect(found?.authorization).toBe(`Basic ${Buffer.from("us@er:p%w").toString("base64")}`);
  });

  it.each([
    ["http://user:S3CRET@:1:2", "HTTPS_PROXY is not a valid proxy address"],
    ["socks5://user:S3CRET@proxy:1", "HTTPS_PROXY names a proxy of an unsupported type: socks5"],
    [
      "http://user:S3CRET%@proxy:1",
      "the user name or password in HTTPS_PROXY contains a % that is not part of an escape sequence",
    ],
  ])("rejects %s, without repeating it", (https, message) => {
    const find = () => proxyFor(new URL("https://r.example"), { https });
    expect(find).toThrow(UsageError);
    expect(find).toThrow(message);
    expect(find).not.toThrow(/S3CRET/);
  });
});

describe("a registry behind a proxy", () => {
  const open: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });

  const keep = <T extends AsyncDisposable>(one: T): T => {
    open.push(one);
    return one;
  };
  const host = "registry.test";
  const bytes = bytesOf("proxied", 2_000_000);
  const descriptor = { mediaType: "x/y", digest: digestOf(bytes), size: bytes.length };

  const serveTls = async () =>
    keep(
      await startTlsServer((incoming, response) => {
        if (incoming.method === "POST") response.writeHead(202, { location: "/upload" }).end();
        else if (incoming.method === "PUT")
          incoming.resume().on("end", () => response.writeHead(201).end());
        else response.end(incoming.url?.includes("tags") === true ? '{"tags":["v1"]}' : bytes);
      }),
    );

  function through(proxy: ProxySettings, more: Partial<RegistryClientOptions> = {}) {
    const sleep = () => Promise.resolve();
    const insecure = [host];
    return keep(new RegistryClient({ credentials: anonymous, insecure, sleep, proxy, ...more }));
  }

  it("is reached over TLS through CONNECT, on few connections, even for large blobs", async () => {
    const upstream = await serveTls();
    const proxy = keep(await startConnectProxy({ upstream: upstream.host }));
    const client = through({ https: `http://${proxy.host}` });
    for (let count = 0; count < 3; count++) {
      expect(await client.listTags({ host, path: "a" })).toEqual(["v1"]);
    }
    const read: Buffer[] = [];
    const reader = await client.readerOf({ host, path: "a" }, descriptor);
    const write = (chunk: Uint8Array) => Promise.resolve(void read.push(Buffer.from(chunk)));
    await reader.pour(0, bytes.length, write, new AbortController().signal);
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
    await client.pushBlob({ host, path: "b" }, descriptor, () => bytes);
    expect(proxy.seen[0]).toBe("CONNECT registry.test:443");
    expect(proxy.seen.length).toBeLessThan(4);
  });

  it("is reached on many connections at once without a Node warning", async () => {
    const warnings: string[] = [];
    const warn = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`);
    process.on("warning", warn);
    try {
      const upstream = await serveTls();
      const proxy = keep(await startConnectProxy({ upstream: upstream.host }));
      const client = through({ https: `http://${proxy.host}` });
      const paths = Array.from({ length: 40 }, (_, count) => `a${count}`);
      await Promise.all(paths.map((path) => client.listTags({ host, path })));
      expect(proxy.seen.length).toBeGreaterThan(10);
      // Node emits the warning in a later tick.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", warn);
    }
    expect(warnings.filter((warning) => warning.startsWith("MaxListeners"))).toEqual([]);
  });

  it("is reached over plain HTTP with an absolute URL", async () => {
    const upstream = keep(await startScript(() => ({ status: 200, body: '{"tags":["v1"]}' })));
    const proxy = keep(await startConnectProxy({ upstream: upstream.host }));
    const plain = { host: `${host}:5000`, path: "a" };
    const client = through(
      { http: `http://${proxy.host}`, https: `http://${proxy.host}` },
      { insecure: [plain.host] },
    );
    expect(await client.listTags(plain)).toEqual(["v1"]);
    expect(proxy.seen.at(-1)).toBe("GET http://registry.test:5000/v2/a/tags/list?n=1000");
  });

  it("is reached through a proxy that requires user and password", async () => {
    const upstream = await serveTls();
    const authorization = `Basic ${Buffer.from("user:S3CRET").toString("base64")}`;
    const proxy = keep(await startConnectProxy({ upstream: upstream.host, authorization }));
    const right = through({ https: `http://user:S3CRET@${proxy.host}` });
    expect(await right.listTags({ host, path: "a" })).toEqual(["v1"]);
    const wrong = through({ https: `http://user:WR0NG@${proxy.host}` });
    const failure: unknown = await wrong.listTags({ host, path: "a" }).catch((e: unknown) => e);
    if (!(failure instanceof RegistryError)) throw new Error("it did not fail as it should");
    expect(failure.message).toContain(
      `could not connect through the proxy at ${proxy.host}: CONNECT failed with status 407`,
    );
    expect(failure.hint).toContain("USER:PASSWORD");
    expect(`${failure.message}${String(failure.stack)}${String(failure.cause)}`).not.toContain(
      "WR0NG",
    );
  });

  it.each([
    [403, 1],
    [502, 5],
  ])("reports that the proxy answers CONNECT with %s, after %s tries", async (refuse, tries) => {
    const proxy: ConnectProxy = keep(await startConnectProxy({ upstream: "127.0.0.1:1", refuse }));
    const list = through({ https: `http://${proxy.host}` }).listTags({ host, path: "a" });
    await expect(list).rejects.toThrow(`CONNECT failed with status ${refuse}`);
    expect(proxy.seen).toHaveLength(tries);
  });

  it("reports that nothing listens at the proxy's address", async () => {
    const list = through({ https: "http://127.0.0.1:1" }).listTags({ host, path: "a" });
    await expect(list).rejects.toThrow("could not connect through the proxy at 127.0.0.1:1");
    await expect(list).rejects.toMatchObject({
      hint: "check HTTP_PROXY and HTTPS_PROXY, and list hosts that need no proxy in NO_PROXY",
    });
  });

  it("can be aborted while the proxy is silent", async () => {
    const proxy = keep(await startConnectProxy({ upstream: "127.0.0.1:1", refuse: 0 }));
    const client = through({ https: `http://${proxy.host}` });
    const signal = AbortSignal.timeout(50);
    await expect(client.listTags({ host, path: "a" }, { signal })).rejects.toThrow();
    expect(proxy.seen).toHaveLength(1);
  });

  it("is not used for loopback", async () => {
    const server = keep(await startScript(() => ({ status: 200, body: '{"tags":["v1"]}' })));
    const client = through({ http: "http://127.0.0.1:1", https: "http://127.0.0.1:1" });
    expect(await client.listTags({ host: server.host, path: "a" })).toEqual(["v1"]);
  });
});
