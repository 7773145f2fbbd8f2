// What the spec leaves open, and what Docker's own clients rely on. The spec's own part is in
// conformance/.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registryKinds, startEmbedded, type TestRegistry } from "../support/registries.ts";
import { Api, codesOf, digest, newRepository } from "./conformance/api.ts";
import { Content, types } from "./conformance/content.ts";

const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

let registry: TestRegistry;
const api = new Api(() => registry.host);

function serve(start: () => Promise<TestRegistry>): void {
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry[Symbol.asyncDispose]());
}

describe.each(registryKinds)("$name", ({ start }) => {
  serve(start);

  test("takes Docker's manifests", async () => {
    const repository = newRepository();
    const bytes = dockerImage(await pushedConfig(repository));
    expect((await put(repository, "docker", bytes, dockerManifest)).status).toBe(201);
    const headers = { accept: dockerManifest };
    const got = await api.call("GET", `${repository}/manifests/docker`, { headers });
    expect([got.headers.get("content-type"), got.body.toString()]).toEqual([dockerManifest, bytes]);
  });

  test("takes an index of blobs, which is what BuildKit's cache once was", async () => {
    const repository = newRepository();
    const content = new Content("cache");
    content.index([content.layer()], { tags: ["cache"] });
    await api.push(repository, content);
    const got = await api.call("GET", `${repository}/manifests/cache`, {
      headers: { accept: types.index },
    });
    expect(got.body.toString()).toBe(content.manifests[0]?.text);
  });

  test("moves a tag, and keeps what it named by digest", async () => {
    const repository = newRepository();
    const content = new Content("moved");
    content.image({ tags: ["latest"] });
    content.image({ tags: ["latest"] });
    await api.push(repository, content);
    const [first, second] = content.manifests;
    for (const [reference, manifest] of [
      ["latest", second],
      [first?.digest, first],
    ] as const) {
      const headers = { accept: types.image };
      const got = await api.call("GET", `${repository}/manifests/${reference ?? ""}`, { headers });
      expect(got.body.toString()).toBe(manifest?.text);
    }
  });
});

// What Debian's docker-registry 2.8 does in another way.
describe("the embedded registry alone", () => {
  serve(startEmbedded);

  test("refuses a manifest whose Content-Type contradicts it", async () => {
    const repository = newRepository();
    const bytes = dockerImage(await pushedConfig(repository));
    const response = await put(repository, "v1", bytes, types.index);
    expect([response.status, codesOf(response)]).toEqual([400, ["MANIFEST_INVALID"]]);
  });

  test("names a manifest's entity by its digest", async () => {
    const repository = newRepository();
    const bytes = dockerImage(await pushedConfig(repository));
    await put(repository, "v1", bytes, dockerManifest);
    const got = await api.call("GET", `${repository}/manifests/v1`);
    expect(got.headers.get("etag")).toBe(`"${digest(bytes)}"`);
  });

  test("answers HEAD of everything as GET, without the body", async () => {
    const repository = newRepository();
    const content = new Content("head");
    const { digest: name } = content.image({ tags: ["v1"] });
    await api.push(repository, content);
    for (const path of [
      "",
      "_catalog",
      `${repository}/tags/list`,
      `${repository}/referrers/${name}`,
      `${repository}/manifests/v1`,
      `${repository}/blobs/${[...content.blobs.keys()][0] ?? ""}`,
      `${repository}/blobs/${digest("nothing")}`,
      `${repository}/manifests/nothing`,
      await api.begin(repository),
    ]) {
      const [head, got] = [await api.call("HEAD", path), await api.call("GET", path)];
      expect([head.status, lasting(head.headers)]).toEqual([got.status, lasting(got.headers)]);
      expect(head.body.length).toBe(0);
    }
  });

  test("says which methods it knows", async () => {
    const response = await api.call("POST", `${newRepository()}/blobs/${digest("x")}`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, DELETE"]);
  });

  test("tells tags apart that differ by case", async () => {
    const repository = newRepository();
    const content = new Content("case");
    content.image({ tags: ["rc"] });
    content.image({ tags: ["RC"] });
    await api.push(repository, content);
    for (const { tags, text } of content.manifests) {
      const got = await api.call("GET", `${repository}/manifests/${tags[0] ?? ""}`);
      expect(got.body.toString()).toBe(text);
    }
  });
});

/** All headers that are not of the moment or of the connection. */
function lasting(headers: Headers): Record<string, string> {
  const passing = ["date", "connection", "keep-alive"];
  return Object.fromEntries([...headers].filter(([name]) => !passing.includes(name)));
}

async function pushedConfig(repository: string): Promise<Buffer> {
  const content = new Content("config");
  content.config();
  const [[name, bytes] = []] = content.blobs;
  if (name === undefined || bytes === undefined) throw new Error("there is no config");
  await api.pushBlob(repository, name, bytes);
  return bytes;
}

function put(repository: string, reference: string, bytes: string, type: string) {
  const headers = { "content-type": type };
  return api.call("PUT", `${repository}/manifests/${reference}`, { body: bytes, headers });
}

function dockerImage(config: Buffer): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: dockerManifest,
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      digest: digest(config),
      size: config.length,
    },
    layers: [],
  });
}
