import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Script,
  type ScriptedServer,
  type SeenRequest,
  startScript,
} from "../../../test/support/scripted-server.ts";
import { digestOf } from "../../oci/digest.ts";
import { RegistryClient } from "../client.ts";
import type { Credential } from "./docker-config.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

interface Bearer {
  readonly client: RegistryClient;
  readonly registry: ScriptedServer;
  readonly tokens: ScriptedServer;
  readonly host: string;
}

interface BearerOptions {
  readonly credential?: Credential;
  readonly clock?: () => number;
  /** The token endpoint; t1, t2, … in turn by default. */
  readonly token?: Script;
  /** Which tokens the registry accepts; by default all that begin with t. */
  readonly takes?: (token: string, requests: number) => boolean;
}

/** A registry that requires a bearer token from its own endpoint, and the requests to both. */
async function bearerRegistry(options: BearerOptions = {}, userAgent = "test"): Promise<Bearer> {
  const numbered: Script = (_, seen) => {
    return { status: 200, body: JSON.stringify({ token: `t${seen.length}`, expires_in: 300 }) };
  };
  const tokens = await startScript(options.token ?? numbered);
  const takes = options.takes ?? ((token) => token.startsWith("t"));
  const registry = await startScript(({ headers, method }, seen) => {
    const token = /^Bearer (.*)$/.exec(headers.authorization ?? "")?.[1];
    if (token !== undefined && takes(token, seen.length)) {
      return { status: method === "POST" ? 201 : 200, body: '{"tags":["v1"]}' };
    }
    const realm = `http://${tokens.host}/token?realm=1`;
    const challenge = `Bearer realm="${realm}",service="reg.example",scope="repository:other:*"`;
    return { status: 401, headers: { "www-authenticate": challenge } };
  });
  const client = new RegistryClient({
    credentials: () => Promise.resolve(options.credential),
    sleep: () => Promise.resolve(),
    userAgent,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  open.push(tokens, registry, client);
  return { client, registry, tokens, host: registry.host };
}

const scopesOf = ({ url }: SeenRequest): string[] =>
  new URL(url, "http://x").searchParams.getAll("scope");

describe("bearer authentication", () => {
  it("asks anonymously for the narrowest scope, with the service of the challenge", async () => {
    const { client, tokens, host } = await bearerRegistry();
    expect(await client.listTags({ host, path: "acme/app" })).toEqual(["v1"]);
    expect(
      tokens.seen.map(({ method, url, headers }) => [method, url, headers.authorization]),
    ).toEqual([
      ["GET", "/token?realm=1&service=reg.example&scope=repository%3Aacme%2Fapp%3Apull", undefined],
    ]);
  });

  it("sends user and password to the token endpoint, and only the token to the registry", async () => {
    const credential = { kind: "basic", username: "u", password: "p" } as const;
    const { client, registry, tokens, host } = await bearerRegistry({ credential });
    await client.listTags({ host, path: "a" });
    expect(tokens.seen[0]?.headers.authorization).toBe("Basic dTpw");
    expect(registry.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer t1",
    ]);
  });

  it("exchanges an identity token with a POST", async () => {
    const { client, tokens, host } = await bearerRegistry({
      credential: { kind: "identity", token: "refresh me" },
      token: () => ({ status: 200, body: '{"access_token":"t1"}' }),
    });
    await client.listTags({ host, path: "a" });
    expect(tokens.seen[0]?.method).toBe("POST");
    expect(Object.fromEntries(new URLSearchParams(tokens.seen[0]?.body.toString()))).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh me",
      client_id: "layerkeep",
      service: "reg.example",
      scope: "repository:a:pull",
    });
  });

  it("requests one token for many requests of one scope, and keeps it", async () => {
    const { client, tokens, host } = await bearerRegistry();
    const repository = { host, path: "a" };
    await Promise.all(Array.from({ length: 8 }, () => client.listTags(repository)));
    await client.listTags(repository);
    expect(tokens.seen).toHaveLength(1);
  });

  it("requests a token for another scope up front, once it knows the endpoint", async () => {
    const { client, registry, tokens, host } = await bearerRegistry();
    await client.listTags({ host, path: "a" });
    await client.mountBlob({ host, path: "b" }, digestOf("x"), { host, path: "a" });
    expect(tokens.seen.map(scopesOf)).toEqual([
      ["repository:a:pull"],
      ["repository:b:pull,push", "repository:a:pull"],
    ]);
    expect(registry.seen).toHaveLength(3);
  });

  it("fetches a new token before the old one expires", async () => {
    let now = 0;
    const { client, registry, tokens, host } = await bearerRegistry({ clock: () => now });
    await client.listTags({ host, path: "a" });
    now = 284_000;
    await client.listTags({ host, path: "a" });
    expect(tokens.seen).toHaveLength(1);
    now = 286_000;
    await client.listTags({ host, path: "a" });
    expect(tokens.seen).toHaveLength(2);
    expect(registry.seen).toHaveLength(4);
  });

  it("fetches a new token, once, if the registry rejects the one it has", async () => {
    const { client, registry, tokens, host } = await bearerRegistry({
      takes: (token, requests) => token === (requests <= 2 ? "t1" : "t2"),
    });
    await client.listTags({ host, path: "a" });
    expect(await client.listTags({ host, path: "a" })).toEqual(["v1"]);
    expect(tokens.seen).toHaveLength(2);
    expect(registry.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer t1",
      "Bearer t1",
      "Bearer t2",
    ]);
  });

  it("fetches one new token for all pushes whose token expired, and sends their bodies again", async () => {
    let good = "t1";
    const stored: string[] = [];
    const tokens = await startScript((_, seen) => ({
      status: 200,
      body: JSON.stringify({ token: `t${seen.length}`, expires_in: 3600 }),
    }));
    const registry = await startScript(({ headers, method, body }) => {
      if (headers.authorization !== `Bearer ${good}`) {
        const challenge = `Bearer realm="http://${tokens.host}/token"`;
        return { status: 401, headers: { "www-authenticate": challenge } };
      }
      if (method === "POST") return { status: 202, headers: { location: "/upload" } };
      stored.push(body.toString());
      // From here on, the previous token is rejected.
      good = "t2";
      return { status: 201 };
    });
    const client = new RegistryClient({ credentials: () => Promise.resolve(undefined) });
    open.push(tokens, registry, client);
    const push = (text: string) => {
      const bytes = Buffer.from(text);
      const blob = { mediaType: "x/y", digest: digestOf(bytes), size: bytes.length };
      const content = () => Readable.from([bytes], { objectMode: false });
      return client.pushBlob({ host: registry.host, path: "a" }, blob, content);
    };
    const contents = Array.from({ length: 6 }, (_, n) => `content ${n}`);
    await push("first");
    await Promise.all(contents.map(push));
    expect(stored.sort()).toEqual([...contents, "first"]);
    expect(tokens.seen).toHaveLength(2);
  });

  it.each([400, 401, 403])(
    "mounts with the narrower scope if the endpoint answers %d for both, and remembers that",
    async (status) => {
      const { client, registry, tokens, host } = await bearerRegistry({
        token: ({ url }, seen) =>
          new URL(url, "http://x").searchParams.getAll("scope").length > 1
            ? { status, body: '{"errors":[{"code":"DENIED","message":"no"}]}' }
            : { status: 200, body: JSON.stringify({ token: `t${seen.length}` }) },
      });
      await client.listTags({ host, path: "a" });
      const [to, from] = [
        { host, path: "b" },
        { host, path: "a" },
      ];
      expect(await client.mountBlob(to, digestOf("x"), from)).toBe(true);
      expect(await client.mountBlob(to, digestOf("y"), from)).toBe(true);
      expect(tokens.seen.slice(1).map(scopesOf)).toEqual([
        ["repository:b:pull,push", "repository:a:pull"],
        ["repository:b:pull,push"],
      ]);
      expect(registry.lines().filter((line) => line.startsWith("POST"))).toHaveLength(2);
    },
  );

  it("sends its user agent to every server", async () => {
    const { client, registry, tokens, host } = await bearerRegistry({}, "layerkeep/1.2.3");
    await client.listTags({ host, path: "a" });
    const agents = [...registry.seen, ...tokens.seen].map(({ headers }) => headers["user-agent"]);
    expect(agents).toEqual(["layerkeep/1.2.3", "layerkeep/1.2.3", "layerkeep/1.2.3"]);
  });

  it("sends no credentials if the target of a redirect asks for a login", async () => {
    const content = Buffer.from("blob");
    const blob = { mediaType: "x/y", digest: digestOf(content), size: 4 };
    const thief = await startScript(() => ({ status: 200, body: '{"token":"t"}' }));
    const storage = await startScript(() => ({
      status: 401,
      headers: { "www-authenticate": `Bearer realm="http://${thief.host}/token"` },
    }));
    const registry = await startScript(() => ({
      status: 307,
      headers: { location: `http://${storage.host}/blob` },
    }));
    const client = new RegistryClient({
      credentials: () => Promise.resolve({ kind: "basic", username: "u", password: "p" }),
    });
    open.push(thief, storage, registry, client);
    const read = client.readBlob({ host: registry.host, path: "a" }, blob, 10);
    await expect(read).rejects.toMatchObject({ status: 401 });
    expect([...storage.seen, ...registry.seen].map(({ headers }) => headers.authorization)).toEqual(
      [undefined, undefined],
    );
    expect(thief.seen).toEqual([]);
  });

  it("gives up if the registry rejects every token", async () => {
    const { client, tokens, host } = await bearerRegistry({ takes: () => false });
    await expect(client.listTags({ host, path: "a" })).rejects.toMatchObject({ status: 401 });
    expect(tokens.seen).toHaveLength(1);
  });

  it("reports that the login was denied, without the password", async () => {
    const { client, host, tokens } = await bearerRegistry({
      credential: { kind: "basic", username: "u", password: "S3CRET" },
      token: () => ({
        status: 401,
        body: '{"errors":[{"code":"UNAUTHORIZED","message":"bad login"}]}',
      }),
    });
    const error: unknown = await client.listTags({ host, path: "a" }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "registry", status: 401 });
    expect(String(error)).toContain(`${tokens.host}/token`);
    expect(JSON.stringify(error) + String(error)).not.toContain("S3CRET");
  });

  it("refuses an unencrypted token endpoint on another machine", async () => {
    const challenge = 'Bearer realm="http://auth.invalid/token"';
    const registry = await startScript(() => ({
      status: 401,
      headers: { "www-authenticate": challenge },
    }));
    const client = new RegistryClient({ credentials: () => Promise.resolve(undefined) });
    open.push(registry, client);
    await expect(client.listTags({ host: registry.host, path: "a" })).rejects.toThrow(
      "uses an unencrypted token endpoint, http://auth.invalid",
    );
  });
});

describe("other authentication", () => {
  it("sends a registry token unchanged", async () => {
    const { client, tokens, host } = await bearerRegistry({
      credential: { kind: "bearer", token: "t9" },
    });
    expect(await client.listTags({ host, path: "a" })).toEqual(["v1"]);
    expect(tokens.seen).toEqual([]);
  });

  it("explains how to log in if a registry requires a password and there is none", async () => {
    const registry = await startScript(() => ({
      status: 401,
      headers: { "www-authenticate": 'Basic realm="r"' },
    }));
    const client = new RegistryClient({ credentials: () => Promise.resolve(undefined) });
    open.push(registry, client);
    await expect(client.listTags({ host: registry.host, path: "a" })).rejects.toMatchObject({
      status: 401,
      hint: `run \`docker login ${registry.host}\`, or check the configured credentials`,
    });
    expect(registry.seen).toHaveLength(1);
  });
});
