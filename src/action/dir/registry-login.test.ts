import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLogins } from "./registry-login.ts";

let docker: string;

beforeEach(() => (docker = mkdtempSync(join(tmpdir(), "layerkeep-login-"))));
afterEach(() => rmSync(docker, { recursive: true }));

const withGiven = async (
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) => {
  const all = await withLogins({ text: (name) => given[name] }, { DOCKER_CONFIG: docker, ...env });
  const text = all["DOCKER_AUTH_CONFIG"];
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
};
const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });

it("logs in to the registry that is named, and with the token to ghcr.io alone", async () => {
  const login = { registry: "quay.io", username: "me", password: "secret" };
  expect(await withGiven(login)).toEqual({ auths: { "quay.io": auth("me:secret") } });
  expect(await withGiven({ token: "t" })).toEqual({
    auths: { "ghcr.io": auth("x-access-token:t") },
  });
  expect(await withGiven({ ...login, token: "t" })).toEqual({
    auths: { "quay.io": auth("me:secret"), "ghcr.io": auth("x-access-token:t") },
  });
  const own = { registry: "ghcr.io", username: "me", password: "secret", token: "t" };
  expect(await withGiven(own)).toEqual({ auths: { "ghcr.io": auth("me:secret") } });
});

it("keeps other logins, and gives way to Docker's for ghcr.io", async () => {
  const before = { DOCKER_AUTH_CONFIG: '{"auths":{"a.io":{"auth":"eDp5"}},"credHelpers":{}}' };
  expect(await withGiven({ token: "t" }, before)).toEqual({
    auths: { "a.io": { auth: "eDp5" }, "ghcr.io": auth("x-access-token:t") },
    credHelpers: {},
  });
  const login = { auths: { "ghcr.io": auth("user:pat") } };
  writeFileSync(join(docker, "config.json"), JSON.stringify(login));
  expect(await withGiven({ token: "t" })).toBeUndefined();
  writeFileSync(join(docker, "config.json"), "not JSON");
  expect(await withGiven({ token: "t" })).toBeUndefined();
});

it("has no login without a password, as in a fork's pull request", async () => {
  expect(await withGiven({ registry: "quay.io", username: "me" })).toBeUndefined();
  expect(await withGiven({})).toBeUndefined();
  await expect(withGiven({ username: "me", password: "secret" })).rejects.toThrow(
    "the inputs username and password are for a registry, and none is given",
  );
});
