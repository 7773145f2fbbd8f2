import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hashSync } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RegistryClient } from "../../src/registry/client.ts";
import { copyManifestTree } from "../../src/registry/copy.ts";
import type { Credential } from "../../src/registry/auth/docker-config.ts";
import type { AccessRules } from "../../src/server/access/rights/rights.ts";
import { type LogEntry, renderLogEntry } from "../../src/server/observe/log.ts";
import { type RunningRegistry, startRegistry } from "../../src/server/start.ts";
import { type MadeImage, pushImage } from "../support/images.ts";

const run = promisify(execFile);
const refusals = /unauthorized|denied|authentication required|invalid username/i;
const rules: AccessRules = {
  anonymous: [{ repositories: ["public/**"], actions: ["pull"] }],
  users: new Map([
    ["ada", [{ repositories: ["**"], actions: ["pull", "push", "delete"] }]],
    ["ci", [{ repositories: ["acme/**"], actions: ["pull", "push"] }]],
  ]),
};

// Both ways to log in, each with our client and with skopeo, which we did not write.
for (const login of ["basic", "token"] as const) {
  describe(`rights per repository, logged in by ${login}`, () => {
    let folder = "";
    let registry: RunningRegistry;
    let made: MadeImage;
    const entries: LogEntry[] = [];
    const clients: RegistryClient[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "layerkeep-access-"));
      const htpasswd = join(folder, "htpasswd");
      await writeFile(htpasswd, `ada:${hashSync("a", 4)}\nci:${hashSync("c", 4)}\n`);
      const access = { files: [], load: () => Promise.resolve(rules) };
      const onLog = (entry: LogEntry): void => void entries.push(entry);
      registry = await startRegistry({
        root: join(folder, "data"),
        htpasswd,
        access,
        login,
        onLog,
      });
      const ada = clientOf({ kind: "basic", username: "ada", password: "a" });
      const layers = [{ seed: "layer", size: 300_000 }];
      for (const path of ["acme/app", "public/app", "private/app"]) {
        const options = { layers, platform: "linux/amd64", tag: "v1", bare: true };
        made = await pushImage(ada, { ...options, repository: repository(path) });
      }
    });
    afterAll(async () => {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    });

    const repository = (path: string) => ({ host: registry.host, path });
    const ci = { kind: "basic", username: "ci", password: "c" } as const;

    function clientOf(credential: Credential | undefined): RegistryClient {
      const client = new RegistryClient({ credentials: () => Promise.resolve(credential) });
      clients.push(client);
      return client;
    }

    /** What skopeo said, or that it was refused. */
    async function skopeo(...args: readonly string[]): Promise<string> {
      try {
        return (await run("skopeo", args)).stdout;
      } catch (error) {
        const said = error instanceof Error ? error.message : "";
        return refusals.test(said) ? "refused" : said;
      }
    }
    const inspect = (path: string, login: string | undefined): Promise<string> => {
      const credentials = login === undefined ? ["--no-creds"] : [`--creds=${login}`];
      const reference = `docker://${registry.host}/${path}:v1`;
      const format = ["--format", "{{.Digest}}"];
      return skopeo("inspect", ...format, "--tls-verify=false", ...credentials, reference);
    };
    const copy = (from: string, to: string, login: string): Promise<string> =>
      skopeo(
        "copy",
        "--quiet",
        "--preserve-digests",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        `--src-creds=${login}`,
        `--dest-creds=${login}`,
        `docker://${registry.host}/${from}:v1`,
        `docker://${registry.host}/${to}:v1`,
      );

    it("lets our client pull, push and mount where it may", async () => {
      const client = clientOf(ci);
      const source = { ...repository("acme/app"), digest: made.image.digest };
      const hows: string[] = [];
      await copyManifestTree(client, source, repository("acme/copy"), {
        onBlob: ({ how }) => hows.push(how),
      });
      expect(hows).toEqual(["mounted", "mounted"]);
      expect(await client.headManifest(source)).toMatchObject({ digest: made.image.digest });
    });

    it("tells our client what it may not, with status and code", async () => {
      const client = clientOf(ci);
      const refused = { status: 403, errors: [expect.objectContaining({ code: "DENIED" })] };
      await expect(
        client.getManifest({ ...repository("private/app"), tag: "v1" }),
      ).rejects.toMatchObject(refused);
      await expect(
        client.deleteManifest(repository("acme/app"), made.image.digest),
      ).rejects.toMatchObject(refused);
      const image = { platform: "linux/amd64", layers: [], tag: "v2", bare: true };
      await expect(
        pushImage(client, { ...image, repository: repository("public/app") }),
      ).rejects.toMatchObject({ status: 403 });
    });

    it("lets our client in nowhere with a wrong password, and read in public without any", async () => {
      const wrong = clientOf({ ...ci, password: "x" });
      await expect(
        wrong.getManifest({ ...repository("acme/app"), tag: "v1" }),
      ).rejects.toMatchObject({ status: 401 });
      const nobody = clientOf(undefined);
      const found = await nobody.getManifest({ ...repository("public/app"), tag: "v1" });
      expect(found?.descriptor.digest).toBe(made.image.digest);
      await expect(
        nobody.getManifest({ ...repository("acme/app"), tag: "v1" }),
      ).rejects.toMatchObject({ status: 401 });
    });

    it("lets skopeo read and write where it may, and nowhere else", async () => {
      const { digest } = made.image;
      expect([
        await inspect("acme/app", "ci:c"),
        await inspect("private/app", "ci:c"),
        await inspect("private/app", "ada:a"),
        await inspect("public/app", undefined),
        await inspect("private/app", undefined),
        await inspect("public/app", "ci:x"),
      ]).toEqual([`${digest}\n`, "refused", `${digest}\n`, `${digest}\n`, "refused", "refused"]);
      entries.length = 0;
      expect([
        await copy("acme/app", "acme/by-skopeo", "ci:c"),
        await copy("acme/app", "public/app", "ci:c"),
        await inspect("acme/by-skopeo", "ci:c"),
      ]).toEqual(["", "refused", `${digest}\n`]);
      const written = entries.filter(({ repository: name, status }) => {
        return name === "public/app" && status > 200 && status < 300;
      });
      expect(written).toEqual([]);
    });

    it("lets skopeo log in, and refuses it with a wrong password", async () => {
      const authfile = join(folder, "auth.json");
      const log = (password: string): Promise<string> =>
        skopeo(
          "login",
          "--tls-verify=false",
          `--authfile=${authfile}`,
          "--username=ci",
          `--password=${password}`,
          registry.host,
        );
      expect([await log("c"), await log("x")]).toEqual(["Login Succeeded!\n", "refused"]);
    });

    it("logs who did what, and no secret", async () => {
      entries.length = 0;
      await inspect("acme/app", "ci:c");
      const done = entries.find(({ route, status }) => route === "manifest" && status === 200);
      expect(done).toMatchObject({ user: "ci", repository: "acme/app", reference: "v1" });
      const text = entries.map((entry) => renderLogEntry(entry, "json")).join("");
      expect(text).not.toMatch(/bearer|basic|authorization|eyJ|Y2k6Yw/i);
    });
  });
}

it("a refresh token is what our client needs to log in with", async () => {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-access-"));
  try {
    const auth = { user: "ada", password: "a" };
    await using registry = await startRegistry({ root: folder, auth, login: "token" });
    const form = { grant_type: "password", username: "ada", password: "a", access_type: "offline" };
    const answer = await fetch(`${registry.url}/token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    const body: unknown = await answer.json();
    const token: unknown =
      typeof body === "object" && body !== null ? Reflect.get(body, "refresh_token") : undefined;
    const credential = { kind: "identity", token: String(token) } as const;
    await using client = new RegistryClient({ credentials: () => Promise.resolve(credential) });
    const image = await pushImage(client, {
      repository: { host: registry.host, path: "acme/app" },
      platform: "linux/amd64",
      layers: [{ seed: "layer", size: 1_000 }],
      tag: "v1",
      bare: true,
    });
    const found = await client.headManifest({ host: registry.host, path: "acme/app", tag: "v1" });
    expect(found?.digest).toBe(image.image.digest);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
