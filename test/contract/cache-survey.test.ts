import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registryStore } from "../../src/cache/store/registry-store.ts";
import { tagOfKey } from "../../src/dir/keys/key-tag.ts";
import { packMediaType, treeMediaType } from "../../src/dir/packs/pack-types.ts";
import { renderCacheEntry, renderCacheManifest } from "../../src/dir/stored/documents.ts";
import { RegistryError } from "../../src/errors.ts";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { appendToLog } from "../../src/pipeline/records/append-to-log.ts";
import { surveyRepository } from "../../src/pipeline/caches/survey.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { buildRecord } from "../support/records.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";
import { startScript } from "../support/scripted-server.ts";

/** What is stored in a cache repository, told for what it is. */

describe.each(registryKinds)("a repository in $name", ({ start }) => {
  let registry: TestRegistry;
  let client: RegistryClient;
  const path = "acme/cache";
  beforeEach(async () => {
    registry = await start();
    client = new RegistryClient({ credentials: anonymous });
  });
  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  const repository = () => ({ host: registry.host, path });

  async function blob(text: string, mediaType: string) {
    const descriptor = { mediaType, digest: digestOf(text), size: Buffer.byteLength(text) };
    await client.pushBlob(repository(), descriptor, () => Buffer.from(text));
    return descriptor;
  }

  async function put(content: object, tag?: string): Promise<Digest> {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...content }));
    const { mediaType } = content as { readonly mediaType: string };
    return (await client.putManifest(repository(), { bytes, mediaType, tag })).digest;
  }

  async function image(created: string, tag?: string, annotations?: object): Promise<Digest> {
    const config = await blob(JSON.stringify({ created }), mediaTypes.ociConfig);
    const layer = await blob("a layer", "application/vnd.oci.image.layer.v1.tar+gzip");
    const content = { mediaType: mediaTypes.ociManifest, config, layers: [layer] };
    return put(annotations === undefined ? content : { ...content, annotations }, tag);
  }

  const survey = async () =>
    new Map((await surveyRepository(client, repository())).map((it) => [it.tag, it]));

  it("is empty where there is none", async () => {
    expect(await surveyRepository(client, repository())).toEqual([]);
  });

  it("has caches, staged builds, logs and what others put there", async () => {
    const bytes = Buffer.from("a cached layer");
    const digest = digestOf(bytes);
    const made = "2026-11-20T00:00:00Z";
    const annotations = { "containerd.io/uncompressed": digest, "buildkit/createdat": made };
    const layer = { mediaType: "m", digest, size: bytes.length, annotations };
    const records = [{ digest: "sha256:key", layers: [{ layer: 0 }], chains: [], inputs: [] }];
    await registryStore(client, { ...repository(), tag: "cache-app-amd64" }).write(
      {
        config: { layers: [{ blob: digest, parent: -1 }], records },
        blobs: new Map([[digest, layer]]),
      },
      { openBlob: () => Promise.resolve(Readable.from([bytes])) },
    );
    const child = await image("2026-11-21T00:00:00Z");
    const size = (await client.headManifest({ ...repository(), digest: child }))?.size ?? 0;
    const index = {
      mediaType: mediaTypes.ociIndex,
      annotations: { "org.layerkeep.input": digestOf("input") },
      manifests: [{ mediaType: mediaTypes.ociManifest, digest: child, size }],
    };
    for (const tag of ["leg-app-amd64", `leg-app-amd64-${"a".repeat(40)}`]) await put(index, tag);
    await image("2026-11-22T00:00:00Z", "1.0");
    const cache = `${registry.host}/${path}:cache-app-amd64`;
    for (const day of [23, 24]) {
      const startedAt = `2026-11-${day}T00:00:00.000Z`;
      const record = buildRecord({ leg: "app/linux/amd64", startedAt, cache });
      await appendToLog(client, `${registry.host}/${path}:log-app-amd64`, record);
    }

    const found = await survey();
    expect(
      [...found.values()]
        .map(({ tag, kind, createdAt }) => `${tag.slice(0, 16)} ${kind} ${createdAt ?? "-"}`)
        .sort(),
    ).toEqual([
      "1.0 other -",
      `cache-app-amd64 cache ${made}`,
      "leg-app-amd64 leg 2026-11-21T00:00:00Z",
      "leg-app-amd64-aa leg 2026-11-21T00:00:00Z",
      "log-app-amd64 log 2026-11-24T00:00:00.000Z",
    ]);
    expect(found.get("leg-app-amd64")?.children).toEqual([child]);
    const inLeg = found.get("leg-app-amd64")?.content.map((it) => it.digest) ?? [];
    expect(inLeg).toContain(digestOf("a layer"));
    expect(found.get("cache-app-amd64")?.content.map((it) => it.digest)).toContain(digest);
    expect(found.get("log-app-amd64")?.records).toHaveLength(2);
  });

  it("has directory caches, with their keys, times and packs", async () => {
    const pack = await blob("a pack", packMediaType("none"));
    const files = await blob("a list of files", treeMediaType("gzip"));
    const manifest = await client.putManifest(repository(), renderCacheManifest(files, [pack]));
    const createdAt = "2026-11-25T00:00:00.000Z";
    const entry = { key: "npm_1", family: "npm_", createdAt, files: 1, bytes: 6, stored: 6 };
    const rendered = renderCacheEntry({ ...entry, manifest });
    await client.putManifest(repository(), { ...rendered, tag: tagOfKey("npm_1") });
    await image("2026-11-22T00:00:00Z", "1.0");
    const isWanted = (tag: string): boolean => tag.startsWith("dir-");
    const [found, ...others] = await surveyRepository(client, repository(), { isWanted });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      tag: "dir-npm__1",
      kind: "dir",
      createdAt,
      dir: { ...entry, manifest },
      children: [manifest.digest],
    });
    expect(found?.content.map(({ digest }) => digest)).toEqual([
      digestOf(rendered.bytes),
      manifest.digest,
      files.digest,
      pack.digest,
    ]);
  });

  it("has what nobody can read: that is told, and the rest is read", async () => {
    const broken = await blob("no record", "application/vnd.layerkeep.record.v1+json");
    const config = await blob("{}", mediaTypes.ociEmpty);
    const artifactType = "application/vnd.layerkeep.log.v1+json";
    await put(
      { mediaType: mediaTypes.ociManifest, artifactType, config, layers: [broken] },
      "log-x",
    );
    await image("2026-11-22T00:00:00Z", "1.0");
    const input = { "org.layerkeep.input": digestOf("input") };
    await image("2026-11-23T00:00:00Z", "leg-app-amd64", input);
    const gone = digestOf(JSON.stringify({ created: "2026-11-23T00:00:00Z" }));
    const url = `http://${registry.host}/v2/${path}/blobs/${gone}`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
    const found = await survey();
    expect(found.get("leg-app-amd64")).toMatchObject({
      kind: "unreadable",
      problem: expect.stringContaining("404") as string,
    });
    expect(found.get("log-x")).toMatchObject({
      kind: "log",
      problem: `the record of ${broken.digest} cannot be read: a build record is not JSON`,
    });
    expect(found.get("1.0")?.kind).toBe("other");
  });
});

it("what a registry does not tell is an error, and no part of it an answer", async () => {
  await using server = await startScript(({ url }) => {
    if (url.includes("/tags/list")) {
      const body = JSON.stringify({ tags: ["cache-a", "cache-b"] });
      return { status: 200, headers: { "content-type": "application/json" }, body };
    }
    return { status: 403 };
  });
  await using client = new RegistryClient({ credentials: anonymous });
  const asked = surveyRepository(client, { host: server.host, path: "acme/cache" });
  await expect(asked).rejects.toThrow(RegistryError);
});
