import { afterEach, beforeEach, expect, it } from "vitest";
import { startEmbedded, type TestRegistry } from "../../../test/support/registries.ts";
import { digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { parseRepository, type Repository } from "../../oci/reference.ts";
import { RegistryClient } from "../../registry/client.ts";
import { baseConfigReader } from "./read-base-config.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

let registry: TestRegistry;
let client: RegistryClient;
let repository: Repository;
let ref = "";
beforeEach(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: () => Promise.resolve(undefined) });
  repository = parseRepository(`${registry.host}/base`);
  ref = `${registry.host}/base:1`;
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** Pushes an image with the config; returns its manifest's digest and size. */
async function push(config: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(config));
  const mediaType = "application/vnd.oci.image.config.v1+json";
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await client.pushBlob(repository, descriptor, () => bytes);
  return put(manifestType, { config: descriptor, layers: [] });
}

async function put(mediaType: string, content: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return client.putManifest(repository, { mediaType, bytes });
}

it("reads an image's config, from an index for the platform", async () => {
  const read = baseConfigReader(client, "/repo", undefined);
  const amd64 = await push({ config: { Env: ["PATH=/bin"], OnBuild: ["COPY . /"] } });
  const arm64 = await push({ config: {} });
  const index = await put("application/vnd.oci.image.index.v1+json", {
    manifests: [
      { ...arm64, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      { ...amd64, platform: { os: "linux", architecture: "amd64" } },
    ],
  });
  const config = { env: ["PATH=/bin"], onbuild: ["COPY . /"] };
  expect(await read(ref, index.digest, "linux/amd64")).toEqual({ config });
  expect(await read(ref, index.digest, "linux/arm64")).toEqual({
    config: { env: [], onbuild: [] },
  });
  expect(await read(ref, amd64.digest, "linux/s390x")).toEqual({ config });
  expect(await read(ref, index.digest, "linux/s390x")).toEqual({
    problem: "it has no manifest for linux/s390x",
  });
});

it("returns why it cannot", async () => {
  const read = baseConfigReader(client, "/repo", undefined);
  const odd = await push({ config: { Env: "PATH" } });
  const large = await push({ config: { Env: ["X=".padEnd(70_000, "x")] } });
  const problem = async (digest: string): Promise<unknown> => read(ref, digest, "linux/amd64");
  expect(await problem(odd.digest)).toEqual({ problem: "its config is malformed" });
  expect(await problem(large.digest)).toEqual({ problem: "its config is too large" });
  expect(await problem(digestOf("gone"))).toEqual({ problem: "it was not found" });
  expect(await problem("v1")).toEqual({ problem: "v1 is not a digest" });
});
