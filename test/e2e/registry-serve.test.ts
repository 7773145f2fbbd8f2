import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at } from "../support/json.ts";
import { layerkeep, type RunningCli, startLayerkeep } from "../support/cli.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;
beforeAll(() => {
  project = createProject(() => ({}));
});
afterAll(() => {
  project[Symbol.dispose]();
});

function serve(args: readonly string[], env: Record<string, string> = {}): RunningCli {
  const root = join(project.outside, `registry-${args.length}-${Object.keys(env).length}`);
  return startLayerkeep(
    project,
    ["registry", "serve", "--json", "--listen", "127.0.0.1:0", "--root", root, ...args],
    { env },
  );
}

async function statusOf(running: RunningCli, login?: string): Promise<number | undefined> {
  const url = String(at(await running.firstLine(), "url"));
  return new Promise((done, fail) => {
    const headers =
      login === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
    get(`${url}/v2/`, { headers, agent: false }, (response) => {
      response.resume();
      done(response.statusCode);
    }).once("error", fail);
  });
}

describe("layerkeep registry serve", () => {
  it("serves whoever reaches it on loopback, and ends with 0 on Ctrl-C", async () => {
    const running = serve([]);
    expect(await statusOf(running)).toBe(200);
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 0, signal: null });
  });

  it("asks for the password that it was given", async () => {
    const running = serve(["--user", "ci"], { LAYERKEEP_REGISTRY_PASSWORD: "secret" });
    expect([
      await statusOf(running),
      await statusOf(running, "ci:wrong"),
      await statusOf(running, "ci:secret"),
    ]).toEqual([401, 401, 200]);
    running.kill("SIGTERM");
    await running.ended;
  });

  it.each([
    [
      ["--user", "ci"],
      {},
      "a password login needs both --user and the environment variable LAYERKEEP_REGISTRY_PASSWORD",
    ],
    [["--listen", "0.0.0.0:0"], {}, "password"],
    [["--listen", "nowhere"], {}, "nowhere"],
    [["--user", "a:b"], { LAYERKEEP_REGISTRY_PASSWORD: "x" }, "is not a valid user name"],
    [["--htpasswd", "nil"], {}, "--htpasswd: cannot read nil: no such file"],
    [["--access", "/dev/null"], {}, "rights need at least one user with a password"],
    [["--access", "nil"], {}, "--access: cannot read nil: no such file"],
    [["--auth", "token"], {}, "tokens need at least one user with a password"],
    [["--auth", "magic"], {}, "Allowed choices are basic, token"],
    [["--tls-cert", "/dev/null"], {}, "TLS needs both --tls-cert and --tls-key"],
    [["--tls-cert", "nil", "--tls-key", "nil"], {}, "no such file"],
    [
      ["--public-url", "registry", "--user", "ci"],
      { LAYERKEEP_REGISTRY_PASSWORD: "x" },
      "a scheme and a host",
    ],
    [["--metrics-listen", "nowhere"], {}, "nowhere"],
    [["--mirror", "ghcr.io/acme"], {}, "is not a registry host"],
    [["--mirror", "Not A Host"], {}, "Not A Host"],
    [["--mirror-size", "1GB"], {}, "--mirror-size needs --mirror"],
    [["--mirror", "ghcr.io", "--mirror-size", "big"], {}, "such as 20GB"],
    [["--log", "xml"], {}, "Allowed choices are json, text, none"],
  ])("refuses %j", async (args, env, said) => {
    const { code, stderr } = await serve(args, env).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it("asks for passwords of a file, heeds rights, counts, logs, and reads again on SIGHUP", async () => {
    const [users, rights] = [join(project.outside, "users"), join(project.outside, "rights.yml")];
    const [secret, changed] = [hashSync("secret", 4), hashSync("changed", 4)];
    writeFileSync(users, `ci:${secret}\n`);
    writeFileSync(rights, "users: { ci: [{ repositories: acme/**, actions: pull }] }\n");
    const flags = ["--htpasswd", users, "--access", rights, "--log", "json"];
    const running = serve([...flags, "--metrics-listen", "127.0.0.1:0"]);
    const first = await running.firstLine();
    const [url, metrics] = [String(at(first, "url")), String(at(first, "metrics"))];
    const status = async (path: string, password: string): Promise<number> => {
      const authorization = `Basic ${btoa(`ci:${password}`)}`;
      return (await fetch(`${url}${path}`, { headers: { authorization } })).status;
    };
    expect([
      await status("/v2/acme/app/tags/list", "secret"),
      await status("/v2/other/app/tags/list", "secret"),
    ]).toEqual([404, 403]);
    writeFileSync(users, `ci:${changed}\n`);
    running.kill("SIGHUP");
    await expect.poll(() => status("/v2/", "changed")).toBe(200);
    expect(await status("/v2/", "secret")).toBe(401);
    expect(await (await fetch(metrics)).text()).toContain(
      'http_requests_total{route="tags",method="GET",code="403"} 1\n',
    );
    running.kill("SIGTERM");
    const { code, stderr } = await running.ended;
    expect(code).toBe(0);
    const denied = stderr.split("\n").find((line) => line.includes("DENIED")) ?? "";
    expect(JSON.parse(denied)).toMatchObject({ user: "ci", repository: "other/app", status: 403 });
    expect(stderr).not.toMatch(/authorization|basic|Y2k6/i);
  });

  it("mirrors another registry, and takes nothing itself", async () => {
    const upstream = serve([]);
    const { host } = new URL(String(at(await upstream.firstLine(), "url")));
    const manifests = `http://${host}/v2/acme/app/manifests/v1`;
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] });
    const put = { method: "PUT", headers: { "content-type": mediaType }, body };
    expect((await fetch(manifests, put)).status).toBe(201);
    const mirror = serve(["--mirror", host, "--mirror-size", "1GB"]);
    const mirrored = `${String(at(await mirror.firstLine(), "url"))}/v2/acme/app/manifests/v1`;
    expect(await (await fetch(mirrored)).text()).toBe(body);
    expect((await fetch(mirrored, put)).status).toBe(405);
    upstream.kill("SIGTERM");
    await upstream.ended;
    const stale = await fetch(mirrored);
    expect([stale.headers.get("warning"), await stale.text()]).toEqual([
      `111 - "${host} could not be reached"`,
      body,
    ]);
    mirror.kill("SIGTERM");
    expect(await mirror.ended).toMatchObject({ code: 0 });
  });

  it("refuses a root that another server has, and names the process", async () => {
    const root = join(project.outside, "shared");
    const args = ["registry", "serve", "--json", "--listen", "127.0.0.1:0", "--root", root];
    const first = startLayerkeep(project, args);
    await first.firstLine();
    const second = await layerkeep(project, args);
    first.kill("SIGTERM");
    await first.ended;
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(String(first.pid));
  });
});
