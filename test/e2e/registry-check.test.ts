import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRepository } from "../../src/oci/reference.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { layerkeep, startLayerkeep } from "../support/cli.ts";
import { type MadeImage, pushImage } from "../support/images.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;
let client: RegistryClient;
let root = "";
let made: MadeImage;

beforeAll(async () => {
  project = createProject(() => ({}));
  client = new RegistryClient({ credentials: anonymous });
  root = join(project.outside, "registry");
  made = await serving(root, async (host) =>
    pushImage(client, {
      repository: parseRepository(`${host}/acme/app`),
      platform: "linux/amd64",
      layers: [{ seed: "large", size: 200_000 }],
      tag: "v1",
    }),
  );
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

const check = (...args: readonly string[]) =>
  layerkeep(project, ["registry", "check", "--root", root, ...args]);

async function serving<T>(folder: string, work: (host: string) => Promise<T>): Promise<T> {
  const running = startLayerkeep(project, [
    ...["registry", "serve", "--json", "--listen", "127.0.0.1:0", "--root", folder],
  ]);
  try {
    return await work(String(at(await running.firstLine(), "host")));
  } finally {
    running.kill("SIGTERM");
    await running.ended;
  }
}

describe("layerkeep registry check", () => {
  it("says that nothing is damaged", async () => {
    expect(await check()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^checked \d+ blobs and manifests in 1 repository, 2\d\d kB: no damage found\n$/,
      ) as string,
      stderr: "",
    });
  });

  it("names a damaged blob and a damaged journal, and repairs both from another registry", async () => {
    const [layer] = made.layers;
    const digest = layer?.digest ?? "";
    const source = join(project.outside, "source");
    const copied = await serving(source, async (host) => {
      await pushImage(client, {
        repository: parseRepository(`${host}/acme/app`),
        platform: "linux/amd64",
        layers: [{ seed: "large", size: 200_000 }],
        tag: "v1",
      });
      truncateSync(join(root, "blobs/sha256", digest.replace("sha256:", "")), 10);
      const [name = ""] = readdirSync(join(root, "journal"));
      const segment = join(root, "journal", name);
      const bytes = readFileSync(segment);
      bytes.writeUInt8(bytes.readUInt8(100) ^ 4, 100);
      writeFileSync(segment, bytes);

      const found = await check();
      expect(found.code).toBe(1);
      expect(found.stdout).toMatch(
        /^journal\/0000000001, \d+ bytes at \d+: one bit is wrong; no data is lost\n/,
      );
      expect(found.stdout).toContain(
        `acme/app@${digest} (blob, v1): its file is damaged: it is 10 bytes instead of 200000\n`,
      );
      expect(found.stdout).toContain(": 1 damaged or missing, 1 problem in the journal\n");
      expect(found.stderr).toBe(
        "nothing was changed; pass --repair to repair what can be repaired\n",
      );
      return check("--repair", "--from", host, "--json");
    });
    expect([copied.code, copied.stderr]).toEqual([0, ""]);
    expect(JSON.parse(copied.stdout)).toMatchObject({
      root,
      repaired: true,
      journal: [{ isHarmless: true }],
      contents: [{ repository: "acme/app", digest, tags: ["v1"], outcome: "fetched" }],
    });
    expect((await check()).code).toBe(0);
  });

  it("says of a journal that cannot be served what to do", async () => {
    const [name = ""] = readdirSync(join(root, "journal"));
    rmSync(join(root, "journal", name));
    const refused = await layerkeep(project, [
      ...["registry", "serve", "--listen", "127.0.0.1:0", "--root", root],
    ]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      `the registry journal is incomplete: ${join(root, "journal", name)} is missing`,
    );
    expect(refused.stderr).toContain(`layerkeep registry check --root ${root}`);
    const lost = await check();
    expect([lost.code, lost.stdout]).toEqual([
      1,
      expect.stringContaining(`journal/${name}: it is missing\n`),
    ]);
  });

  it("refuses --from without --repair, and a folder that is no registry's", async () => {
    expect(await check("--from", "ghcr.io")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--from needs --repair") as string,
    });
    expect(await layerkeep(project, ["registry", "check", "--root", "/nowhere"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("folder not found: /nowhere") as string,
    });
  });
});
