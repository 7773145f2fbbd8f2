import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { createHandler, type Handler } from "../handler.ts";
import type { Reply } from "../http/reply.ts";
import { openStore, type Store } from "../store/store.ts";
import { createGate } from "./gate.ts";
import type { Passwords } from "./passwords/passwords.ts";
import { type AccessRules, rightsOf } from "./rights/rights.ts";
import { Tokens } from "./tokens/tokens.ts";

const rules: AccessRules = {
  anonymous: [{ repositories: ["public/**"], actions: ["pull"] }],
  users: new Map([
    ["ada", [{ repositories: ["**"], actions: ["pull", "push", "delete"] }]],
    ["ci", [{ repositories: ["acme/*"], actions: ["pull", "push"] }]],
    ["drop", [{ repositories: ["acme/*"], actions: ["push"] }]],
  ]),
};
const secrets: Record<string, string> = { ada: "a", ci: "c", drop: "d", eve: "e" };
const passwords: Passwords = {
  check: (user, password) => Promise.resolve(secrets[user] === password),
  fingerprint: (user) => secrets[user],
  refresh: () => Promise.resolve(),
  close: () => undefined,
};

let root = "";
let store: Store;
const secret = Buffer.from("what only acme may read");
const secretDigest = digestOf(secret);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-gate-"));
  store = await openStore(root);
  for (const name of ["acme/app", "public/app", "private/app"]) {
    const own = name === "acme/app" ? secret : Buffer.from(name);
    const path = `/v2/${name}/blobs/uploads/?digest=${digestOf(own)}`;
    expect((await ask("POST", path, { as: "ada", body: own })).status).toBe(201);
  }
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Asking {
  readonly as?: string;
  readonly token?: string;
  readonly body?: Uint8Array | string;
  readonly type?: string;
  readonly handler?: Handler;
  readonly authorization?: string;
}

function registry(
  options: { rules?: AccessRules | undefined; tokens?: Tokens } = { rules },
): Handler {
  const rights = rightsOf(options.rules);
  const gate = createGate({
    passwords,
    rights: () => rights,
    tokens: options.tokens,
    urlOf: () => "https://registry.example",
    service: "test",
  });
  return createHandler({ store, gate });
}

function ask(method: string, url: string, asking: Asking = {}): Promise<Reply> {
  const [path = "", query] = url.split("?");
  const { as, token, body, type, handler = registry() } = asking;
  const login = as === undefined ? undefined : basic(`${as}:${secrets[as] ?? ""}`);
  return handler({
    method,
    path,
    query: new URLSearchParams(query),
    headers: {
      authorization: asking.authorization ?? (token === undefined ? login : `Bearer ${token}`),
      "content-type": type,
      ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    },
    body: (async function* () {
      await Promise.resolve();
      if (body !== undefined) yield Buffer.from(body);
    })(),
  });
}

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function said(reply: Reply): unknown {
  return typeof reply.body === "string" ? JSON.parse(reply.body) : undefined;
}

function field(reply: Reply, name: string): string {
  const body = said(reply);
  const value: unknown =
    typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === "string" ? value : "";
}

const basicChallenge = 'Basic realm="layerkeep registry", charset="UTF-8"';
const app = "/v2/acme/app";

describe("rights with passwords", () => {
  test.each([
    ["GET", "/v2/", undefined, 401],
    ["GET", "/v2/", "eve", 200],
    ["GET", `${app}/tags/list`, undefined, 401],
    ["GET", `${app}/tags/list`, "ci", 200],
    ["GET", `${app}/tags/list`, "eve", 403],
    ["GET", `${app}/tags/list`, "drop", 403],
    ["GET", "/v2/public/app/tags/list", undefined, 200],
    ["GET", "/v2/public/app/tags/list", "eve", 200],
    ["POST", "/v2/public/app/blobs/uploads/", undefined, 401],
    ["POST", "/v2/public/app/blobs/uploads/", "ci", 403],
    ["POST", `${app}/blobs/uploads/`, "ci", 202],
    ["POST", `${app}/blobs/uploads/`, "drop", 202],
    ["DELETE", `${app}/blobs/${digestOf("none")}`, "ci", 403],
    ["DELETE", `${app}/blobs/${digestOf("none")}`, "ada", 404],
    ["DELETE", `${app}/manifests/v1`, "ci", 403],
    ["PUT", "/v2/private/app/manifests/v1", "ci", 403],
    ["GET", `/v2/private/app/referrers/${digestOf("none")}`, "ci", 403],
    ["PATCH", "/v2/private/app/blobs/uploads/x", "ci", 403],
    ["GET", "/v2/NO/tags/list", undefined, 400],
    ["GET", "/elsewhere", "eve", 404],
    ["GET", "/token", "eve", 404],
  ])("%s %s as %s: %d", async (method, path, as, status) => {
    const reply = await ask(method, path, as === undefined ? {} : { as });
    expect(reply.status).toBe(status);
    if (status === 401) expect(reply.headers["www-authenticate"]).toBe(basicChallenge);
  });

  test("refuse with the spec's error codes", async () => {
    expect(said(await ask("DELETE", `${app}/manifests/v1`, { as: "ci" }))).toEqual({
      errors: [
        {
          code: "DENIED",
          message: "you do not have permission to delete here",
          detail: { name: "acme/app", action: "delete" },
        },
      ],
    });
    expect(said(await ask("GET", `${app}/tags/list`))).toEqual({
      errors: [{ code: "UNAUTHORIZED", message: "authentication required" }],
    });
  });

  test.each([
    basic("ada"),
    basic("ada:"),
    basic("eve:a"),
    basic(":x"),
    "Basic !!!",
    "Bearer x",
    "Digest x",
    "ada:a",
    basic("ada:a").replace("Basic ", "Basic"),
  ])("refuse a bad login, even where no login is needed: %j", async (authorization) => {
    const reply = await ask("GET", "/v2/public/app/tags/list", { authorization });
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([401, basicChallenge]);
  });

  test("treat an empty login, which skopeo sends, as none", async () => {
    const authorization = basic(":");
    const status = async (path: string): Promise<number> =>
      (await ask("GET", path, { authorization })).status;
    expect([await status("/v2/public/app/tags/list"), await status("/v2/")]).toEqual([200, 401]);
  });

  test("give the same answer whether a repository exists or not", async () => {
    for (const as of [undefined, "eve"]) {
      const asking = as === undefined ? {} : { as };
      const there = await ask("GET", "/v2/private/app/tags/list", asking);
      const missing = await ask("GET", "/v2/private/nil/tags/list", asking);
      const plain = (reply: Reply): string =>
        JSON.stringify(reply).replaceAll("private/nil", "private/app");
      expect(plain(missing)).toBe(plain(there));
    }
  });

  test("list only readable repositories in the catalog", async () => {
    const seen = async (as?: string): Promise<unknown> =>
      said(await ask("GET", "/v2/_catalog", as === undefined ? {} : { as }));
    expect([await seen("ada"), await seen("ci"), await seen("eve"), await seen()]).toEqual([
      { repositories: ["acme/app", "private/app", "public/app"] },
      { repositories: ["acme/app", "public/app"] },
      { repositories: ["public/app"] },
      { repositories: ["public/app"] },
    ]);
  });

  test("belong to every logged-in user if there are no rules, and to nobody else", async () => {
    const handler = registry({});
    const status = async (asking: Asking): Promise<number> =>
      (await ask("GET", "/v2/private/app/tags/list", { ...asking, handler })).status;
    expect([await status({ as: "eve" }), await status({})]).toEqual([200, 401]);
    expect((await ask("GET", "/v2/NO/tags/list", { handler })).status).toBe(401);
    expect((await ask("GET", "/v2/_catalog", { handler })).status).toBe(401);
  });
});

describe("a blob cannot be read through another repository", () => {
  const mount = (query: string, as: string): Promise<Reply> =>
    ask("POST", `/v2/acme/other/blobs/uploads/?${query}`, { as });

  test("by a mount, which becomes an upload as if the blob did not exist", async () => {
    const hidden = digestOf("private/app");
    const absent = digestOf("nowhere");
    const shape = ({ status, headers }: Reply): unknown => [status, Object.keys(headers).sort()];
    const unread = await mount(`mount=${hidden}&from=private/app`, "ci");
    expect(shape(unread)).toEqual(shape(await mount(`mount=${absent}&from=private/app`, "ci")));
    expect(unread.status).toBe(202);
    expect((await mount(`mount=${hidden}`, "ci")).status).toBe(202);
    expect((await ask("GET", `/v2/acme/other/blobs/${hidden}`, { as: "ci" })).status).toBe(404);
  });

  test("by a mount, if the user may push to both repositories but read neither", async () => {
    expect((await mount(`mount=${secretDigest}&from=acme/app`, "drop")).status).toBe(202);
    expect((await mount(`mount=${secretDigest}`, "drop")).status).toBe(202);
  });

  test("by a manifest that names it", async () => {
    const hidden = digestOf("private/app");
    const size = "private/app".length;
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.oci.empty.v1+json", digest: hidden, size },
      layers: [],
    });
    const reply = await ask("PUT", "/v2/acme/other/manifests/v1", {
      as: "ci",
      body: manifest,
      type: "application/vnd.oci.image.manifest.v1+json",
    });
    expect([reply.status, reply.refusal?.code]).toEqual([404, "MANIFEST_BLOB_UNKNOWN"]);
    expect((await ask("GET", `/v2/acme/other/blobs/${hidden}`, { as: "ci" })).status).toBe(404);
  });

  test("but can be mounted by a user who may read it", async () => {
    const of = (name: string): string => `mount=${digestOf(name)}`;
    expect((await mount(`${of("public/app")}&from=public/app`, "ci")).status).toBe(201);
    expect((await mount(of("private/app"), "ada")).status).toBe(201);
  });
});

test("an upload belongs to the user who started it", async () => {
  const begun = await ask("POST", `${app}/blobs/uploads/`, { as: "ci" });
  const location = begun.headers["location"] ?? "";
  const of = async (method: string, as: string): Promise<unknown> => {
    const { status, refusal } = await ask(method, location, { as });
    return [status, refusal?.code];
  };
  const unknown = [404, "BLOB_UPLOAD_UNKNOWN"];
  expect([
    await of("GET", "drop"),
    await of("PATCH", "ada"),
    await of("PUT", "ada"),
    await of("DELETE", "ada"),
    await of("GET", "eve"),
    await of("GET", "ci"),
    await of("DELETE", "ci"),
  ]).toEqual([
    unknown,
    unknown,
    unknown,
    unknown,
    [403, "DENIED"],
    [204, undefined],
    [204, undefined],
  ]);
});

describe("rights with tokens", () => {
  let now = 1_800_000_000_000;
  const handler = (): Handler => tokenRegistry;
  let tokenRegistry: Handler;
  beforeAll(() => {
    tokenRegistry = registry({ rules, tokens: new Tokens("test", () => now) });
  });

  const tokenFor = async (as: string | undefined, ...scopes: string[]): Promise<string> => {
    const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join("&");
    const asking = as === undefined ? {} : { as };
    return field(await ask("GET", `/token?${query}`, { ...asking, handler: handler() }), "token");
  };
  const withToken = (method: string, path: string, token: string): Promise<Reply> =>
    ask(method, path, { token, handler: handler() });

  test("ask for a token, and name its endpoint and scope", async () => {
    const challenge = async (method: string, path: string): Promise<unknown> =>
      (await ask(method, path, { handler: handler() })).headers["www-authenticate"];
    const begin = 'Bearer realm="https://registry.example/token",service="test"';
    const from = `/v2/a/b/blobs/uploads/?mount=${secretDigest}&from=acme/app`;
    expect([
      await challenge("GET", "/v2/"),
      await challenge("GET", `${app}/tags/list`),
      await challenge("PUT", `${app}/manifests/v1`),
      await challenge("DELETE", `${app}/manifests/v1`),
      await challenge("POST", from),
    ]).toEqual([
      begin,
      `${begin},scope="repository:acme/app:pull"`,
      `${begin},scope="repository:acme/app:pull,push"`,
      `${begin},scope="repository:acme/app:delete"`,
      `${begin},scope="repository:a/b:pull,push repository:acme/app:pull"`,
    ]);
  });

  test("are in the token if they were requested and granted", async () => {
    const reply = await ask("GET", "/token?scope=repository:acme/app:pull,push,delete&service=x", {
      as: "ci",
      handler: handler(),
    });
    const token = field(reply, "token");
    expect([reply.status, reply.headers["cache-control"], said(reply)]).toEqual([
      200,
      "no-store",
      {
        token,
        access_token: token,
        token_type: "Bearer",
        scope: "repository:acme/app:pull,push",
        expires_in: 300,
        issued_at: "2027-01-15T08:00:00.000Z",
      },
    ]);
    expect((await withToken("GET", `${app}/tags/list`, token)).status).toBe(200);
  });

  test("are no wider than the token; users with more rights are asked for a new one", async () => {
    const token = await tokenFor("ci", "repository:acme/app:pull");
    const push = await withToken("POST", `${app}/blobs/uploads/`, token);
    expect([push.status, push.headers["www-authenticate"]]).toEqual([
      401,
      'Bearer realm="https://registry.example/token",service="test",scope="repository:acme/app:pull,push",error="insufficient_scope"',
    ]);
    const foreign = await withToken("GET", "/v2/private/app/tags/list", token);
    expect([foreign.status, foreign.refusal?.code]).toEqual([403, "DENIED"]);
  });

  test("to two repositories in one token allow a mount from one to the other", async () => {
    const path = `/v2/acme/third/blobs/uploads/?mount=${secretDigest}&from=acme/app`;
    const target = "repository:acme/third:pull,push";
    const narrow = await tokenFor("ci", target);
    expect((await withToken("POST", path, narrow)).status).toBe(202);
    const anywhere = `/v2/acme/third/blobs/uploads/?mount=${secretDigest}`;
    expect((await withToken("POST", anywhere, narrow)).status).toBe(202);
    const both = await tokenFor("ci", target, "repository:acme/app:pull");
    expect((await withToken("POST", path, both)).status).toBe(201);
  });

  test("of anonymous users can be in a token, too", async () => {
    const token = await tokenFor(
      undefined,
      "repository:public/app:pull,push",
      "repository:acme/app:pull",
    );
    expect([
      (await withToken("GET", "/v2/", token)).status,
      (await withToken("GET", "/v2/public/app/tags/list", token)).status,
      (await withToken("GET", `${app}/tags/list`, token)).status,
      (await withToken("POST", "/v2/public/app/blobs/uploads/", token)).status,
    ]).toEqual([200, 200, 401, 401]);
  });

  test("to the catalog have a scope of their own", async () => {
    const without = await withToken("GET", "/v2/_catalog", await tokenFor("ci"));
    expect([without.status, without.headers["www-authenticate"]]).toEqual([
      401,
      'Bearer realm="https://registry.example/token",service="test",scope="registry:catalog:*",error="insufficient_scope"',
    ]);
    const token = await tokenFor("ci", "registry:catalog:*");
    expect(said(await withToken("GET", "/v2/_catalog", token))).toEqual({
      repositories: ["acme/app", "acme/other", "acme/third", "public/app"],
    });
  });

  test("end with the token, and with the user", async () => {
    const token = await tokenFor("ci", "repository:acme/app:pull");
    const status = async (): Promise<number> =>
      (await withToken("GET", `${app}/tags/list`, token)).status;
    expect(await status()).toBe(200);
    delete secrets["ci"];
    expect(await status()).toBe(401);
    secrets["ci"] = "c";
    now += 300_000;
    const reply = await withToken("GET", `${app}/tags/list`, token);
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([
      401,
      'Bearer realm="https://registry.example/token",service="test",scope="repository:acme/app:pull",error="invalid_token"',
    ]);
  });

  test("are not given for a password sent with the request itself", async () => {
    expect((await ask("GET", `${app}/tags/list`, { as: "ci", handler: handler() })).status).toBe(
      401,
    );
  });

  test("are given for a form with a password, and for the refresh token that it returns", async () => {
    const form = (fields: Record<string, string>): Promise<Reply> =>
      ask("POST", "/token", {
        body: new URLSearchParams(fields).toString(),
        type: "application/x-www-form-urlencoded",
        handler: handler(),
      });
    const login = { grant_type: "password", username: "ci", password: "c" };
    const scope = "repository:acme/app:pull repository:private/app:pull";
    const plain = await form({ ...login, scope });
    expect([field(plain, "scope"), field(plain, "refresh_token")]).toEqual([
      "repository:acme/app:pull",
      "",
    ]);
    const offline = await form({ ...login, access_type: "offline" });
    const refresh = field(offline, "refresh_token");
    const again = await form({ grant_type: "refresh_token", refresh_token: refresh, scope });
    const token = field(again, "access_token");
    expect((await withToken("GET", `${app}/tags/list`, token)).status).toBe(200);
    expect((await withToken("GET", `${app}/tags/list`, refresh)).status).toBe(401);
    expect([
      (await form({ ...login, password: "x" })).status,
      (await form({ grant_type: "refresh_token", refresh_token: token })).status,
      (await form({ grant_type: "refresh_token" })).status,
      (await form({ grant_type: "magic" })).status,
      (await form({})).status,
      (await form({ grant_type: "x".repeat(40_000) })).status,
    ]).toEqual([401, 401, 401, 400, 400, 413]);
  });

  test.each([
    ["GET", { authorization: basic("ci:wrong") }, 401],
    ["GET", { authorization: "Bearer x" }, 401],
    ["POST", { body: "{}", type: "application/json" }, 415],
    ["DELETE", {}, 405],
  ])("%s /token with %j: %d", async (method, asking, status) => {
    expect((await ask(method, "/token", { ...asking, handler: handler() })).status).toBe(status);
  });

  test("give no token to anonymous users if they have none", async () => {
    const closed = registry({ tokens: new Tokens("test") });
    const reply = await ask("GET", "/token", { handler: closed });
    expect([reply.status, reply.headers["www-authenticate"]]).toEqual([401, basicChallenge]);
  });
});
