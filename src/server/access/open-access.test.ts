import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
import { type RegistryOptions, type RunningRegistry, startRegistry } from "../start.ts";
import type { AccessRules, Action } from "./rights/rights.ts";

let folder = "";
let running: RunningRegistry[] = [];
let warnings: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-access-"));
  warnings = [];
});
afterEach(async () => {
  await Promise.all(running.map((registry) => registry.close()));
  running = [];
  await rm(folder, { recursive: true, force: true });
});

const auth = { user: "ada", password: "secret" };
const everywhere = "0.0.0.0:0";

async function start(options: Partial<RegistryOptions>): Promise<RunningRegistry> {
  const onWarning = (message: string): void => void warnings.push(message);
  const registry = await startRegistry({ root: join(folder, "data"), onWarning, ...options });
  running.push(registry);
  return registry;
}

async function refusal(options: Partial<RegistryOptions>): Promise<string> {
  const error: unknown = await start(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof UsageError ? error.message : `not refused: ${String(error)}`;
}

function rulesFor(user: string, ...actions: readonly Action[]): AccessRules {
  return { anonymous: [], users: new Map([[user, [{ repositories: ["**"], actions }]]]) };
}

describe("beyond loopback", () => {
  test("passwords are not sent over plain HTTP", async () => {
    const said = "the registry on 0.0.0.0 would receive passwords over plain HTTP";
    expect([
      await refusal({ listen: everywhere, auth }),
      await refusal({ listen: everywhere, auth, login: "token" }),
      await refusal({ listen: everywhere, auth, publicUrl: "http://registry.example" }),
    ]).toEqual([said, said, said]);
  });

  test("unless that is allowed, or a proxy speaks TLS", async () => {
    for (const options of [
      { insecurePlainHttp: true },
      { publicUrl: "https://registry.example" },
    ]) {
      const registry = await start({ listen: everywhere, auth, ...options });
      expect((await fetch(`${registry.url}/v2/`)).status).toBe(401);
      await registry.close();
    }
  });

  test("no option opens the registry to everybody", async () => {
    for (const options of [{ insecurePlainHttp: true }, { publicUrl: "https://r.example" }]) {
      expect(await refusal({ listen: everywhere, ...options })).toBe(
        "a registry on 0.0.0.0 needs a password",
      );
    }
  });
});

test("rights and tokens need at least one user", async () => {
  const access = { files: [], load: () => Promise.resolve(rulesFor("ada", "pull")) };
  expect([await refusal({ access }), await refusal({ login: "token" })]).toEqual([
    "rights need at least one user with a password",
    "tokens need at least one user with a password",
  ]);
});

test.each([
  "registry.example",
  "ftp://registry.example",
  "https://r.example/path",
  "https://a:b@r",
])("%s is not a public URL", async (publicUrl) => {
  expect(await refusal({ auth, publicUrl })).toBe(
    "the public URL of a registry must be only a scheme and a host",
  );
});

test("a challenge names the token endpoint by the host that the client used, or by the public URL", async () => {
  const realm = async (options: Partial<RegistryOptions>, host?: string): Promise<unknown> => {
    await using registry = await startRegistry({
      root: join(folder, "realm"),
      auth,
      login: "token",
      ...options,
    });
    const answer = await head(registry.url, host);
    return answer.replaceAll(registry.host, "OWN");
  };
  const rest = ',service="layerkeep-registry"';
  expect([
    await realm({}),
    await realm({}, "registry.example:8080"),
    await realm({}, 'evil",realm="x'),
    await realm({ publicUrl: "https://registry.example/" }, "inner:5000"),
  ]).toEqual([
    `Bearer realm="http://OWN/token"${rest}`,
    `Bearer realm="http://registry.example:8080/token"${rest}`,
    `Bearer realm="http://localhost/token"${rest}`,
    `Bearer realm="https://registry.example/token"${rest}`,
  ]);
});

test("changed passwords and rights apply without a restart", async () => {
  const htpasswd = join(folder, "users");
  const file = join(folder, "rights");
  await writeFile(htpasswd, `ci:${hashSync("one", 4)}\n`);
  await writeFile(file, "");
  let rules = rulesFor("ci", "pull");
  const access = { files: [file], load: () => Promise.resolve(rules) };
  const registry = await start({ htpasswd, access });
  const begin = async (password: string): Promise<number> => {
    const headers = { authorization: `Basic ${btoa(`ci:${password}`)}` };
    const method = "POST";
    return (await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method, headers })).status;
  };
  expect(await begin("one")).toBe(403);
  rules = rulesFor("ci", "pull", "push");
  await writeFile(htpasswd, `ci:${hashSync("two", 4)}\n`);
  await registry.refresh();
  expect([await begin("one"), await begin("two")]).toEqual([401, 202]);
});

test("warns of a user with rights but no password", async () => {
  const access = { files: [], load: () => Promise.resolve(rulesFor("adda", "pull")) };
  await start({ auth, access });
  expect(warnings).toEqual(['user "adda" has access rights, but no password']);
});

describe("without a password", () => {
  const attacker = { host: "attacker.example:5000" };
  const proxied = { host: "registry.example" };
  const page = { origin: "http://attacker.example" };
  const upload = "/v2/app/blobs/uploads/";

  test("a web page cannot read under its own domain, nor write", async () => {
    const { url } = await start({});
    expect([
      await statusOf(url, "GET", "/v2/", {}),
      await statusOf(url, "GET", "/v2/_catalog", attacker),
      await statusOf(url, "POST", upload, attacker),
      await statusOf(url, "POST", upload, page),
      await statusOf(url, "POST", upload, { origin: "null" }),
      await statusOf(url, "POST", upload, { host: "host.docker.internal:5000" }),
    ]).toEqual([200, 403, 403, 403, 403, 202]);
  });

  test("a proxy may send the host of the public URL", async () => {
    const { url } = await start({ publicUrl: "https://registry.example" });
    expect([
      await statusOf(url, "GET", "/v2/", proxied),
      await statusOf(url, "GET", "/v2/", attacker),
    ]).toEqual([200, 403]);
  });

  test("with one, every host name is served", async () => {
    const { url } = await start({ auth });
    expect(await statusOf(url, "GET", "/v2/", proxied)).toBe(401);
  });
});

/** The status of the answer to a request with these headers. */
function statusOf(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { method, headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    outgoing.once("error", reject).end();
  });
}

/** Returns the challenge to a request with another `Host`. */
function head(url: string, host: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const outgoing = request(`${url}/v2/`, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.headers["www-authenticate"] ?? "");
    });
    outgoing.once("error", reject).end();
  });
}
