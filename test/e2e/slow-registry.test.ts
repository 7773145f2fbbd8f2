import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliResult, layerkeep, startLayerkeep } from "../support/cli.ts";
import { createProject, type Project } from "../support/project.ts";
import { type RawServer, startRawServer, trickle } from "../support/raw-server.ts";
import { startScript } from "../support/scripted-server.ts";

// No engine is needed: what is tried out here is that a command ends, and what it says then.

let project: Project | undefined;
const open: AsyncDisposable[] = [];
beforeEach(() => void (project = undefined));
afterEach(async () => {
  project?.[Symbol.dispose]();
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

function projectAt(host: string): Project {
  project = createProject((id) => ({
    "layerkeep.yml": `cache: ${host}/${id}/cache
publish: { repository: ${host}/${id}/app, tags: ["type=raw,value=1"] }
variants:
  core: {}
`,
    Dockerfile: "FROM scratch\nCOPY src /src\n",
    src: "source\n",
  }));
  return project;
}

async function serve(answer: (socket: Socket, text: string) => void): Promise<RawServer> {
  const server = await startRawServer(answer);
  open.push(server);
  return server;
}

const commands = [
  ["plan", "--write"],
  ["publish", "--write"],
  ["cache", "ls"],
] as const;

const bad: readonly [name: string, answer: (socket: Socket, text: string) => void][] = [
  ["says nothing", () => undefined],
  ["sends a byte a second", (socket) => trickle(socket, "HTTP/1.1 200 OK\r\na: b", 1_000, 1)],
  ["sends 103 without end", (socket) => trickle(socket, "HTTP/1.1 103 Early Hints\r\n\r\n", 100)],
  [
    "answers 101",
    (socket) => socket.write("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  ],
  [
    "sends a byte a second of its answer",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n");
      trickle(socket, "x", 1_000);
    },
  ],
];

const why = /timed out|not a registry|no connection/;

/** A failure that explains itself; a plan can do without the registry, and says so. */
function expectExplained(command: string, { code, signal, stdout, stderr }: CliResult): void {
  expect(`${stdout}${stderr}`).toMatch(why);
  expect(stderr).not.toContain("bug");
  if (command === "plan") {
    expect({ code, signal }).toEqual({ code: 0, signal: null });
  } else {
    expect(stderr).toMatch(/^hint: /m);
    expect({ code, signal }).toEqual({ code: 3, signal: null });
  }
}

describe.each(bad)("a registry that %s", (_, answer) => {
  test.each(commands)("ends `%s %s`, with what to try", async (...args) => {
    const { host } = await serve(answer);
    const began = performance.now();
    const env = { LAYERKEEP_REQUEST_TIMEOUT: "2" };
    expectExplained(args[0], await layerkeep(projectAt(host), args, { env }));
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe("a token endpoint that says nothing", () => {
  async function challenging(): Promise<{ host: string; tokens: RawServer }> {
    const tokens = await serve(() => undefined);
    const server = await startScript(() => ({
      status: 401,
      headers: { "www-authenticate": `Bearer realm="http://${tokens.host}/token"` },
    }));
    open.push(server);
    return { host: server.host, tokens };
  }

  test.each(commands)("ends `%s %s`, with what to try", async (...args) => {
    const { host, tokens } = await challenging();
    const env = { LAYERKEEP_REQUEST_TIMEOUT: "2" };
    const result = await layerkeep(projectAt(host), args, { env });
    expectExplained(args[0], result);
    expect(`${result.stdout}${result.stderr}`).toContain(`${tokens.host}/token`);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("does not keep a command from %s", async (signal) => {
    const { host, tokens } = await challenging();
    for (const args of commands) {
      const before = tokens.lines.length;
      const running = startLayerkeep(projectAt(host), args);
      await expect.poll(() => tokens.lines.length, { timeout: 20_000 }).toBeGreaterThan(before);
      const began = performance.now();
      running.kill(signal);
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([130, expect.stringContaining(`interrupted by ${signal}`)]);
      expect(performance.now() - began).toBeLessThan(5_000);
      project?.[Symbol.dispose]();
    }
    project = undefined;
  });
});

test("a tag list of ever new pages is given up, and costs no more than is told", async () => {
  let page = 0;
  const server = await startScript(({ url }) => {
    if (!url.includes("/tags/list")) return { status: 404 };
    page++;
    const padding = "x".repeat(100);
    const tags = Array.from({ length: 50_000 }, (_, n) => `t${page}-${n}-${padding}`);
    const headers = { link: `<${url.split("?")[0] ?? ""}?last=${page}>; rel="next"` };
    return { status: 200, headers, body: JSON.stringify({ tags }) };
  });
  open.push(server);
  const env = { NODE_OPTIONS: "--max-old-space-size=320" };
  const result = await layerkeep(projectAt(server.host), ["cache", "ls"], { env });
  expect(result.stderr).toMatch(/^error: the tag list of \S+ is larger than 64 MiB\nhint: /m);
  expect(result.code).toBe(3);
});

test("a time that is none is refused", async () => {
  const env = { LAYERKEEP_REQUEST_TIMEOUT: "soon" };
  const result = await layerkeep(projectAt("127.0.0.1:1"), ["cache", "ls"], { env });
  expect(result).toMatchObject({ code: 2 });
  expect(result.stderr).toContain('invalid LAYERKEEP_REQUEST_TIMEOUT "soon"');
});
