import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { clientConfigWithoutProxies } from "./client-config.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-client-"));
  mkdirSync(join(folder, "own/contexts"), { recursive: true });
  mkdirSync(join(folder, "copy"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function config(value: unknown): Promise<NodeJS.ProcessEnv> {
  writeFileSync(join(folder, "own/config.json"), JSON.stringify(value));
  return clientConfigWithoutProxies({ DOCKER_CONFIG: join(folder, "own") }, join(folder, "copy"));
}

it("uses a config without proxies as it is", async () => {
  expect(await config({ auths: {} })).toEqual({});
  const none = { DOCKER_CONFIG: join(folder, "none") };
  expect(await clientConfigWithoutProxies(none, join(folder, "copy"))).toEqual({});
});

it("copies a config without its proxies, readable only by this user, and links to the rest", async () => {
  const auths = { "ghcr.io": { auth: "eA==" } };
  const env = await config({ auths, proxies: { default: { httpProxy: "http://p" } } });
  const copy = join(folder, "copy/docker");
  expect(env).toEqual({ DOCKER_CONFIG: copy, BUILDX_CONFIG: join(folder, "own/buildx") });
  expect(JSON.parse(readFileSync(join(copy, "config.json"), "utf8"))).toEqual({ auths });
  expect(statSync(join(copy, "config.json")).mode & 0o777).toBe(0o600);
  expect(statSync(join(copy, "contexts")).isDirectory()).toBe(true);
});

it("keeps the builders' folder that buildx was given", async () => {
  const own = { DOCKER_CONFIG: join(folder, "own") };
  writeFileSync(join(folder, "own/config.json"), JSON.stringify({ proxies: {} }));
  const given = { ...own, BUILDX_CONFIG: "/builders" };
  const kept = await clientConfigWithoutProxies(given, join(folder, "copy"));
  expect(kept["BUILDX_CONFIG"]).toBe("/builders");
});

it("ignores an empty BUILDX_CONFIG", async () => {
  writeFileSync(join(folder, "own/config.json"), JSON.stringify({ proxies: {} }));
  const given = { DOCKER_CONFIG: join(folder, "own"), BUILDX_CONFIG: "" };
  const kept = await clientConfigWithoutProxies(given, join(folder, "copy"));
  expect(kept["BUILDX_CONFIG"]).toBe(join(folder, "own/buildx"));
});
