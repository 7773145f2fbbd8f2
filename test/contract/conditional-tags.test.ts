import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { publishVariants } from "../../src/pipeline/publish/publish-variants.ts";
import { parseReference } from "../../src/oci/reference.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { pushImage } from "../support/images.ts";
import { planOf } from "../support/plans.ts";
import { startEmbedded, type TestRegistry } from "../support/registries.ts";

let registry: TestRegistry;
let client: RegistryClient;
beforeAll(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous, sleep: () => Promise.resolve() });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** An index without content, told apart by a word. */
function indexOf(word: string): string {
  const annotations = { word };
  const mediaType = mediaTypes.ociIndex;
  return JSON.stringify({ schemaVersion: 2, mediaType, annotations, manifests: [] });
}

async function put(tag: string, word: string, conditions: Record<string, string> = {}) {
  const { status } = await fetch(`http://${registry.host}/v2/acme/tags/manifests/${tag}`, {
    method: "PUT",
    headers: { "content-type": mediaTypes.ociIndex, ...conditions },
    body: indexOf(word),
  });
  return status;
}

const etag = (word: string): string => `"${digestOf(indexOf(word))}"`;

describe("a tag that is written on a condition", () => {
  it("is made only where there is none", async () => {
    expect(await put("new", "a", { "if-match": etag("a") })).toBe(412);
    expect(await put("new", "a", { "if-none-match": "*" })).toBe(201);
    expect(await put("new", "b", { "if-none-match": "*" })).toBe(412);
  });

  it("is moved only from what it was said to name", async () => {
    expect(await put("moved", "a")).toBe(201);
    expect(await put("moved", "c", { "if-match": etag("b") })).toBe(412);
    expect(await put("moved", "b", { "if-match": etag("a") })).toBe(201);
    expect(await put("moved", "c", { "if-match": etag("a") })).toBe(412);
    expect(await put("moved", "c", { "if-match": "*" })).toBe(201);
  });

  it("is won by one of many who saw the same", async () => {
    expect(await put("raced", "start")).toBe(201);
    const words = Array.from({ length: 20 }, (_, index) => `racer ${index}`);
    const statuses = await Promise.all(
      words.map((word) => put("raced", word, { "if-match": etag("start") })),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    const standing = await client.headManifest({
      host: registry.host,
      path: "acme/tags",
      tag: "raced",
    });
    expect(standing?.digest).toBe(digestOf(indexOf(words[statuses.indexOf(201)] ?? "")));
  });
});

describe("publishing a tag that others move", () => {
  async function staged(name: string, target: string) {
    const cache = { host: registry.host, path: `${name}/cache` };
    const plan = planOf({ cache, targets: [`${target}/${name}/app`], platforms: ["linux/amd64"] });
    for (const leg of plan.legs) {
      await pushImage(client, {
        repository: cache,
        platform: leg.platform,
        tag: parseReference(leg.staged?.leg ?? "").tag ?? "",
        layers: [{ seed: name, size: 1000 }],
        annotations: { "org.layerkeep.input": leg.input.digest },
      });
    }
    return plan;
  }

  it("looks again where somebody comes between the look and the writing", async () => {
    await using proxy = await startFaultProxy(registry.host, () => undefined);
    const plan = await staged("between", proxy.host);
    let came = false;
    proxy.between = async ({ method, url }) => {
      if (came || method !== "PUT" || !url.endsWith("/manifests/1.0.0")) return;
      came = true;
      // A newer version, published by another run.
      const version = { "org.opencontainers.image.version": "1.0.9" };
      const mediaType = mediaTypes.ociIndex;
      const content = { schemaVersion: 2, mediaType, annotations: version, manifests: [] };
      await fetch(`http://${registry.host}${url}`, {
        method: "PUT",
        headers: { "content-type": mediaType },
        body: JSON.stringify(content),
      });
    };
    const [result] = await publishVariants(plan, {
      client,
      ancestry: () => Promise.resolve("unknown"),
      onEvent: () => undefined,
    });
    expect(came).toBe(true);
    expect(result?.error).toBeUndefined();
    expect(result?.targets[0]?.tags.find(({ tag }) => tag === "1.0.0")).toMatchObject({
      moved: false,
    });
  });

  it("counts its own writing whose answer was lost", async () => {
    let lost = 0;
    await using proxy = await startFaultProxy(registry.host, ({ method, url }) =>
      method === "PUT" && url.endsWith("/manifests/1.0.0") && lost++ === 0
        ? { type: "drop-answer" }
        : undefined,
    );
    const plan = await staged("lost", proxy.host);
    const [result] = await publishVariants(plan, {
      client,
      ancestry: () => Promise.resolve("unknown"),
      onEvent: () => undefined,
    });
    expect(lost).toBe(2);
    expect(result?.error).toBeUndefined();
    expect(result?.targets[0]?.tags.find(({ tag }) => tag === "1.0.0")).toMatchObject({
      moved: true,
      before: undefined,
    });
  });
});
