import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { knownSecrets } from "./known-secrets.ts";

const root = mkdtempSync(join(tmpdir(), "layerkeep-secrets-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
writeFileSync(join(root, "npmrc"), "//npm.acme.dev/:_authToken='t0ken-of-npm'\nalways-auth=true\n");
writeFileSync(join(root, "id"), "of-the-id\n");

const known = (
  secrets: readonly string[],
  env: NodeJS.ProcessEnv = {},
  args: Record<string, string> = {},
): Promise<readonly string[]> => {
  const cache = { host: "ghcr.io", path: "acme/cache" };
  const legs = planOf({ cache, targets: [], platforms: ["linux/amd64"] }).legs.map((leg) => ({
    build: { ...leg.build, secrets, args },
  }));
  return knownSecrets(legs, { env, root });
};

it.each([
  ["a variable", ["id=a,env=A"], ["of-a"]],
  ["a variable by the secret's id", ["id=A"], ["of-a"]],
  ["a variable by the secret's id and type", ["id=A,type=env"], ["of-a"]],
  ["a file", ["id=a,src=id"], ["of-the-id"]],
  ["a file by the secret's id", ["id=id,type=file"], ["of-the-id"]],
  ["a file that does not exist", ["id=a,src=nothing"], []],
  ["a folder", ["id=a,src=."], []],
  ["variables in quoted fields", ['"id=tok,en","env=A"', '"id=b,env=OTHER","src=/a,b"'], ["of-a"]],
])("are the content of %s", async (_, secrets, expected) => {
  const found = await known(secrets, { A: "of-a", OTHER: "other" });
  expect(found).toEqual(expected);
});

it("are a file's whole content and what it assigns", async () => {
  expect(await known(["id=rc,src=npmrc"])).toEqual([
    "//npm.acme.dev/:_authToken='t0ken-of-npm'\nalways-auth=true",
    "t0ken-of-npm",
  ]);
});

it("are what JSON names like a secret, and the passwords of encoded logins", async () => {
  const [login, key] = [Buffer.from("robot:p4ssword").toString("base64"), "-----BEGIN\nKEY"];
  const auths = { "ghcr.io": { auth: login } };
  writeFileSync(join(root, "c.json"), JSON.stringify({ type: "account", private_key: key, auths }));
  const [, ...parts] = await known(["id=c,src=c.json"]);
  expect(parts).toEqual([key, login, "p4ssword"]);
});

it("are arguments and variables whose names suggest it, also as they are printed", async () => {
  expect(
    await known([], { NPM_TOKEN: "##vso[x]abc", PATH: "/bin" }, { KEY: "k3y", A: "b" }),
  ).toEqual(["##vso[x]abc", "# #vso[x]abc", "k3y"]);
});
