import { get } from "node:http";
import { join } from "node:path";
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
    [["--user", "ci"], {}, "a password needs both --user and LAYERKEEP_REGISTRY_PASSWORD"],
    [["--listen", "0.0.0.0:0"], {}, "password"],
    [["--listen", "nowhere"], {}, "nowhere"],
  ])("refuses %j", async (args, env, said) => {
    const { code, stderr } = await serve(args, env).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(said);
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
