import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheHome, layerkeep, startLayerkeep } from "../support/cli.ts";
import { githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { startEmbedded, type TestRegistry } from "../support/registries.ts";

/** Saves an entry of GitHub's cache service, or finds one by the beginning of its key. */
const githubClient = `
const { ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN, ACTIONS_CACHE_SERVICE_V2 } = process.env;
const call = async (method, fields) => {
  const path = "twirp/github.actions.results.api.v1.CacheService/" + method;
  const headers = { authorization: "Bearer " + ACTIONS_RUNTIME_TOKEN };
  const body = JSON.stringify({ version: "v", ...fields });
  return (await fetch(new URL(path, ACTIONS_RESULTS_URL), { method: "POST", headers, body })).json();
};
const [what, key] = process.argv.slice(2);
if (what === "save") {
  const { signed_upload_url: url, msg } = await call("CreateCacheEntry", { key });
  if (url !== undefined) await fetch(url, { method: "PUT", body: "content of " + key });
  const size_bytes = ("content of " + key).length;
  const { ok } = await call("FinalizeCacheEntryUpload", { key, size_bytes });
  console.log(ACTIONS_CACHE_SERVICE_V2, ok ?? msg);
} else {
  const found = await call("GetCacheEntryDownloadURL", { key: "none", restore_keys: [key] });
  console.log(found.ok ? await (await fetch(found.signed_download_url)).text() : "not found");
}
`;

let registry: TestRegistry;
let project: Project;

beforeEach(async () => {
  registry = await startEmbedded();
  project = createProject((id) => ({
    "layerkeep.yml": `cache: ${registry.host}/${id}/cache\nvariants:\n  core: {}\n`,
    Dockerfile: "FROM scratch\n",
    "gha.mjs": githubClient,
    "put.mjs":
      "const url = process.env.LAYERKEEP_DIR_URL;\n" +
      "const { status } = await fetch(`${url}/a/b`, { method: 'PUT', body: process.argv[2] });\n" +
      "console.log(status);\nprocess.exit(7);\n",
  }));
});
afterEach(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const serve = (...args: string[]) => layerkeep(project, ["dir", "serve", ...args]);
const put = (content: string) => ["--", process.execPath, "put.mjs", content] as const;
const leftBehind = () => readdirSync(join(cacheHome(project), "layerkeep/serve"));

test("a command gets the cache and gives its exit code; what it added is saved", async () => {
  const first = await serve("k-1", ...put("one"));
  expect(first).toMatchObject({ code: 7, stdout: "201\n" });
  expect(first.stderr).toContain("no cache found for k-1");
  expect(first.stderr).toContain("0 hits, 0 misses, 1 object written\nsaved k-1: 1 file, ");
  const other = await serve("k-2", "--or", "k-", ...put("one"));
  expect(other.stdout).toBe("204\n");
  expect(other.stderr).toContain("opened k-1 (no cache of k-2)");
  expect(other.stderr).not.toContain("saved");
  expect(leftBehind()).toEqual([]);
  expect(await layerkeep(project, ["dir", "verify", "k-1", "--deep"])).toMatchObject({ code: 0 });
  expect((await layerkeep(project, ["dir", "ls"])).stdout).not.toContain("k-2");
});

test("without a command it prints the variables, and saves on SIGTERM", async () => {
  const server = startLayerkeep(project, ["dir", "serve", "k", "--json"]);
  const url = String(at(await server.firstLine(), "env", "LAYERKEEP_DIR_URL"));
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{48}$/);
  expect((await fetch(`${url}/a`, { method: "PUT", body: "content" })).status).toBe(201);
  server.kill("SIGTERM");
  const { code, stdout } = await server.ended;
  expect(code).toBe(0);
  const [, last = ""] = stdout.split("\n");
  expect(at(last, "served")).toEqual({ hits: 0, misses: 0, written: 1, refused: 0 });
  expect(at(last, "saved", "files")).toBe(1);
  expect(leftBehind()).toEqual([]);
});

test("a run that is not trusted only reads", async () => {
  await serve("k", ...put("one"));
  const payload = pullRequest(project, "someone/app");
  const env = githubEnv(project, { event: "pull_request", ref: "refs/pull/5/merge", payload });
  const args = ["dir", "serve", "k", ...put("evil")];
  const untrusted = await layerkeep(project, args, { env });
  expect(untrusted).toMatchObject({ code: 7, stdout: "403\n" });
  expect(untrusted.stderr).toContain("warning: nothing will be added to k: ");
  expect(untrusted.stderr).toContain("1 write refused");
  expect((await serve("k", ...put("one"))).stdout).toBe("204\n");
});

test("entries of GitHub's cache service are kept in the registry", async () => {
  const client = (what: "save" | "find", key: string) =>
    ["dir", "serve", "gha", "--", process.execPath, "gha.mjs", what, key] as const;
  const run = async (...given: Parameters<typeof client>) =>
    (await layerkeep(project, client(...given))).stdout;
  expect(await run("find", "npm-")).toBe("not found\n");
  expect(await run("save", "npm-1")).toBe("true true\n");
  expect(await run("save", "npm-2")).toBe("true true\n");
  expect(await run("find", "npm-")).toBe("content of npm-2\n");
  const payload = pullRequest(project, "someone/app");
  const env = githubEnv(project, { event: "pull_request", ref: "refs/pull/5/merge", payload });
  const untrusted = await layerkeep(project, client("save", "npm-3"), { env });
  expect(untrusted).toMatchObject({ stdout: "true the token is read-only\n" });
  expect(untrusted.stderr.match(/^warning: /gm)).toHaveLength(1);
});

test("what is wrong is said; a cache that cannot be saved fails no build", async () => {
  expect(await serve("k", "--", "no-such-program")).toMatchObject({ code: 2 });
  expect((await serve("k", "--port", "70000")).stderr).toContain("Use a port from 1 to 65535");
  expect((await serve("k", "--max-size", "5")).stderr).toContain("such as 20GB");
  writeFileSync(join(project.dir, "file"), "content");
  await layerkeep(project, ["dir", "save", "file", "file"]);
  const file = await serve("file", ...put("one"));
  expect(file.code).toBe(2);
  expect(file.stderr).toContain("the cache file is not a folder of objects");
  expect(leftBehind()).toEqual([]);
  const server = startLayerkeep(project, ["dir", "serve", "k", "--json"]);
  const url = String(at(await server.firstLine(), "env", "LAYERKEEP_DIR_URL"));
  await fetch(`${url}/a`, { method: "PUT", body: "content" });
  await registry[Symbol.asyncDispose]();
  server.kill("SIGTERM");
  const ended = await server.ended;
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain("warning: k was not saved: ");
  registry = await startEmbedded();
});

test("what a killed server left is deleted by the next one", async () => {
  const server = startLayerkeep(project, ["dir", "serve", "k"]);
  await server.firstLine();
  server.kill("SIGKILL");
  await server.ended;
  expect(leftBehind()).toHaveLength(1);
  await serve("k", ...put("one"));
  expect(leftBehind()).toEqual([]);
});

test("ccache compiles nothing again on another machine", async () => {
  mkdirSync(join(project.dir, "c"));
  for (let number = 0; number < 10; number++) {
    const text = `int f${number}(void) { return ${number}; }\n`;
    writeFileSync(join(project.dir, `c/${number}.c`), text);
  }
  writeFileSync(
    join(project.dir, "build.sh"),
    "set -e\nfor file in c/*.c; do ccache gcc -c $file -o $file.o; done\nccache --print-stats\n",
  );
  const build = async (): Promise<Readonly<Record<string, string>>> => {
    const env = { CCACHE_DIR: join(project.outside, "ccache") };
    rmSync(env.CCACHE_DIR, { recursive: true, force: true });
    execFileSync("rm", ["-rf", join(cacheHome(project), "layerkeep")]);
    const args = ["dir", "serve", "ccache-{os}", "--", "sh", "build.sh"];
    const { code, stdout, stderr } = await layerkeep(project, args, { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return Object.fromEntries(
      stdout.split("\n").map((line) => line.split("\t") as [string, string]),
    );
  };
  expect(await build()).toMatchObject({ cache_miss: "10", remote_storage_hit: "0" });
  expect(await build()).toMatchObject({
    cache_miss: "0",
    direct_cache_hit: "10",
    remote_storage_hit: "10",
    remote_storage_error: "0",
  });
});
