import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRepository } from "../../src/oci/reference.ts";
import { type RunningRegistry, startRegistry } from "../../src/server/start.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagLike, tagsOf, testClient } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const env = engineEnv();
const engine = testEngine();
const [cncf, target] = engine.registries;
let root: string;
let embedded: RunningRegistry;
let project: Project;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-broken-"));
  embedded = await startRegistry({ root });
});

afterEach(async () => {
  project[Symbol.dispose]();
  await embedded.close();
  rmSync(root, { recursive: true, force: true });
});

const hosts = { "the CNCF registry": () => cncf, "the embedded registry": () => embedded.host };

describe.each(Object.entries(hosts))("a staged leg that has lost a blob, in %s", (_, host) => {
  let cache: string;
  let lost: string;

  const up = (...args: string[]) => layerkeep(project, ["up", "--write", ...args], { env });
  const published = () => tagsOf(`${target}/${project.id}/app`);

  /** Stages a leg, and deletes the layer of its last step. */
  beforeEach(async () => {
    project = createProject((id) => {
      cache = `${host()}/${id}/cache`;
      return smallProject(`cache: ${cache}
publish: { repository: ${target}/${id}/app, tags: ["type=raw,value=1"] }
variants:
  core: {}
`);
    });
    expect(await layerkeep(project, ["build", "--write"], { env })).toMatchObject({ code: 0 });
    lost = await deleteLastLayer(cache);
  });

  test("is built again in the same run, said in one line, and published", async () => {
    const result = await up("--json", "--quiet");
    expect(result.code).toBe(0);
    expect(result.stderr.split("\n").filter((line) => line !== "")).toEqual([
      `warning: building core/linux/amd64 again: leg core/linux/amd64 cannot be published: GET ${cache}@${lost}: 404 the blob is missing from the repository`,
    ]);
    expect(at(result.stdout, "legs", 0)).toMatchObject({
      outcome: "built",
      steps: { cached: 3, all: 3 },
    });
    expect(await published()).toEqual({ "1": at(result.stdout, "published", 0, "digest") });
    await using client = testClient();
    const app = parseRepository(`${target}/${project.id}/app`);
    expect(await client.headBlob(app, lost as never)).toBeDefined();
  });

  test("is built again without importing caches if they have lost the layer, too", async () => {
    await engine.emptyCache();
    const result = await up("--json", "--quiet");
    expect(result.code).toBe(0);
    expect(result.stderr.split("\n").filter((line) => line !== "")).toEqual([
      expect.stringMatching(/^warning: building core\/linux\/amd64 again: /),
      expect.stringMatching(
        new RegExp(
          `^warning: core/linux/amd64: a cache is missing a layer, so the leg was built again without reading caches: .*${lost}.*not found$`,
        ),
      ),
    ]);
    expect(at(result.stdout, "legs", 0)).toMatchObject({ outcome: "built", cache: "yes" });
    expect(await published()).toEqual({ "1": at(result.stdout, "published", 0, "digest") });
    // The cache is whole again.
    await engine.emptyCache();
    const forced = await layerkeep(project, ["build", "--write", "--force", "--json"], { env });
    expect(at(forced.stdout, "legs", 0, "steps")).toEqual({ cached: 3, all: 3 });
  });

  test("is named by publish with the command that mends it", async () => {
    const publish = () => layerkeep(project, ["publish", "--write", "--quiet"], { env });
    const result = await publish();
    expect(result).toMatchObject({ code: 3, stdout: "0 images published, 1 failed\n" });
    expect(result.stderr).toBe(
      `core was not published: leg core/linux/amd64 cannot be published: GET ${cache}@${lost}: 404 the blob is missing from the repository\nhint: build it again: layerkeep build --force core/linux/amd64\n`,
    );
    expect(await published()).toEqual({});
    const force = ["build", "--write", "--force", "core/linux/amd64"];
    expect(await layerkeep(project, force, { env })).toMatchObject({ code: 0 });
    expect(await publish()).toMatchObject({ code: 0, stderr: "" });
    expect(Object.keys(await published())).toEqual(["1"]);
  });
});

/** Deletes the layer of a staged leg's last step by hand; gives its digest. */
async function deleteLastLayer(cache: string): Promise<string> {
  await using client = testClient();
  const repository = parseRepository(cache);
  const { tag } = await tagLike(cache, /^leg-core-amd64-[0-9a-f]{40}$/);
  const index = (await client.getManifest({ ...repository, tag }))?.manifest;
  const [child] = index?.kind === "index" ? index.content.manifests : [];
  if (child === undefined) throw new Error("the leg is no index");
  const image = (await client.getManifest({ ...repository, digest: child.digest }))?.manifest;
  const digest = image?.kind === "manifest" ? image.content.layers.at(-1)?.digest : undefined;
  if (digest === undefined) throw new Error("the leg has no layers");
  const { host, path } = repository;
  const { status } = await fetch(`http://${host}/v2/${path}/blobs/${digest}`, { method: "DELETE" });
  expect(status).toBe(202);
  return digest;
}
