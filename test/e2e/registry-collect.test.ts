import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { layerkeep, type RunningCli, startLayerkeep } from "../support/cli.ts";
import { pushImage } from "../support/images.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;
let client: RegistryClient;
let count = 0;
beforeAll(() => {
  project = createProject(() => ({}));
  client = new RegistryClient({ credentials: anonymous });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

const newRoot = (): string => join(project.outside, `registry-${count++}`);

function serve(root: string, args: readonly string[] = []): RunningCli {
  return startLayerkeep(project, [
    ...["registry", "serve", "--json", "--listen", "127.0.0.1:0", "--root", root],
    ...args,
  ]);
}

const collect = (...args: readonly string[]) =>
  layerkeep(project, ["registry", "collect", ...args]);

/** Pushes an image under a tag, and an index of nothing under none; gives that one's digest. */
async function push(running: RunningCli): Promise<string> {
  const repository = parseRepository(`${String(at(await running.firstLine(), "host"))}/app`);
  await pushImage(client, {
    repository,
    platform: "linux/amd64",
    layers: [{ seed: "layer", size: 100 }],
    tag: "v1",
  });
  const mediaType = mediaTypes.ociIndex;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }));
  return (await client.putManifest(repository, { bytes, mediaType, tag: undefined })).digest;
}

async function stop(running: RunningCli) {
  running.kill("SIGTERM");
  return running.ended;
}

describe("layerkeep registry collect", () => {
  it("says what would go, takes it with --yes, and names it with --json", async () => {
    const root = newRoot();
    const server = serve(root);
    const digest = await push(server);
    await stop(server);
    const table = "REPOSITORY  MANIFESTS  BLOBS  SIZE\napp                 1      0  88 B\n";
    expect(await collect("--root", root, "--grace", "0")).toMatchObject({
      code: 0,
      stdout: `${table}would delete 1 manifest and 0 blobs, 88 B\n`,
      stderr: "nothing was deleted; pass --yes to delete\n",
    });
    const taken = await collect("--root", root, "--grace", "0", "--yes", "--json");
    expect([taken.code, JSON.parse(taken.stdout), taken.stderr]).toEqual([
      0,
      {
        root,
        policy: "untagged",
        graceMs: 0,
        dryRun: false,
        repositories: [{ repository: "app", manifests: [digest], blobs: [], bytes: 88 }],
        spared: { manifests: 0, blobs: 0 },
      },
      "",
    ]);
    expect(await collect("--root", root, "--grace", "0", "--yes")).toMatchObject({
      code: 0,
      stdout: "nothing deleted\n",
      stderr: "",
    });
  });

  it("leaves what is in its grace, and says how it goes", async () => {
    const root = newRoot();
    const server = serve(root);
    await push(server);
    await stop(server);
    expect(await collect("--root", root, "--yes")).toMatchObject({
      code: 0,
      stdout: "nothing deleted\n",
      stderr:
        "kept 1 manifest and 0 blobs that are unused but too new; pass --grace 0 to delete them too\n",
    });
  });

  it("refuses a root that a server has, and leaves the server alone", async () => {
    const root = newRoot();
    const server = serve(root);
    await push(server);
    const { code, stdout, stderr } = await collect("--root", root, "--yes");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`${root} is in use by another registry, process ${server.pid}`);
    expect(stderr).toContain("layerkeep registry serve --collect untagged");
    expect(await stop(server)).toMatchObject({ code: 0 });
  });

  it("refuses folders that hold no registry", async () => {
    const [missing, empty] = [newRoot(), newRoot()];
    mkdirSync(empty);
    const results = await Promise.all([
      collect("--root", missing),
      collect("--root", empty),
      collect(),
    ]);
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(results[0].stderr).toContain(`folder not found: ${missing}`);
    expect(results[1].stderr).toContain(`${empty} is not a registry folder`);
    expect(results[2].stderr).toContain("folder not found: ");
  });

  it.each([
    [["--policy", "all"], "Allowed choices are untagged, per-repository"],
    [["--policy", "none"], "Allowed choices are untagged, per-repository"],
    [
      ["--grace", "1 month"],
      "Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w.",
    ],
    [["--grace", "-1h"], "Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w."],
    [["--grace", ""], "Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w."],
  ])("refuses %j", async (args, said) => {
    const { code, stderr } = await collect(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

describe("layerkeep registry serve --collect", () => {
  it("takes what no tag leads to by itself, and says so", async () => {
    const server = serve(newRoot(), [
      "--collect",
      "per-repository",
      "--grace",
      "0",
      "--lease",
      "2s",
    ]);
    await push(server);
    await server.saysOnStderr(/ app: deleted 1 manifest and 0 blobs, 88 B\n/);
    const host = String(at(await server.firstLine(), "host"));
    const found = await client.getManifest({ host, path: "app", tag: "v1" });
    expect(found?.descriptor.mediaType).toBe(mediaTypes.ociIndex);
    await stop(server);
  });

  it.each([
    [["--collect", "some"], "Allowed choices are none, untagged, per-repository"],
    [["--collect", "untagged", "--lease", "soon"], "Use 0, or a number with s, m, h, d or w"],
    [["--grace", "1h"], "--grace needs --collect"],
    [["--collect", "none", "--lease", "1h"], "--lease needs --collect"],
    [["--collect", "untagged", "--read-only"], "a read-only registry cannot delete untagged data"],
  ])("refuses %j", async (args, said) => {
    const { code, stderr } = await serve(newRoot(), args).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
