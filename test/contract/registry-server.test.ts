import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCncfRegistry } from "../../scripts/engine/cncf-registry.ts";
import { startRegistry } from "../../src/server/start.ts";

interface Implementation {
  readonly name: string;
  readonly start: (root: string) => Promise<{ readonly url: string; stop(): Promise<void> }>;
}

const ours: Implementation = {
  name: "the embedded registry",
  start: async (root) => {
    const registry = await startRegistry({ root });
    return { url: registry.url, stop: () => registry.close() };
  },
};
const cncf: Implementation = {
  name: "the CNCF registry",
  start: (root) => startCncfRegistry({ root }),
};

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";
const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
const octets = "application/octet-stream";

let url = "";
let folder = "";
let stop: () => Promise<void> = () => Promise.resolve();

function serve(implementation: Implementation): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "layerkeep-contract-"));
    const running = await implementation.start(folder);
    url = running.url;
    stop = () => running.stop();
  });
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
}

describe.each([ours, cncf])("$name", (implementation) => {
  serve(implementation);

  test("says that it speaks version 2", async () => {
    const response = await fetch(`${url}/v2/`);
    expect(response.status).toBe(200);
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    expect(await response.json()).toEqual({});
  });

  test("takes a blob in one PUT and gives it back", async () => {
    const repository = newRepository();
    const content = randomBytes(100_000);
    const digest = sha256(content);
    const begun = await call("POST", `${repository}/blobs/uploads/`);
    expect(begun.status).toBe(202);
    expect(begun.headers.get("docker-upload-uuid")).toMatch(/^[0-9a-f-]{36}$/);
    const put = await call("PUT", withDigest(locationOf(begun), digest), content);
    expect(put.status).toBe(201);
    expect(new URL(locationOf(put)).pathname).toBe(`/v2/${repository}/blobs/${digest}`);
    expect(put.headers.get("docker-content-digest")).toBe(digest);

    const head = await call("HEAD", `${repository}/blobs/${digest}`);
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "100000"]);
    const got = await call("GET", `${repository}/blobs/${digest}`);
    expect(got.headers.get("content-type")).toBe(octets);
    expect(got.headers.get("docker-content-digest")).toBe(digest);
    expect(Buffer.from(await got.arrayBuffer()).equals(content)).toBe(true);
  });

  test("takes a blob in chunks and tells how far it is", async () => {
    const repository = newRepository();
    const content = randomBytes(30_000);
    const digest = sha256(content);
    let location = locationOf(await call("POST", `${repository}/blobs/uploads/`));
    for (const [start, end] of [
      [0, 10_000],
      [10_000, 25_000],
    ] as const) {
      const patched = await call("PATCH", location, content.subarray(start, end), {
        "content-range": `${start}-${end - 1}`,
        "content-type": octets,
      });
      expect([patched.status, patched.headers.get("range")]).toEqual([202, `0-${end - 1}`]);
      location = locationOf(patched);
    }
    const status = await call("GET", location);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-24999"]);
    const put = await call("PUT", withDigest(locationOf(status), digest), content.subarray(25_000));
    expect(put.status).toBe(201);
    expect(await contentOf(`${repository}/blobs/${digest}`)).toBe(sha256(content));
  });

  test("refuses a blob that is not what its digest says", async () => {
    const repository = newRepository();
    const digest = sha256("something else");
    const begun = await call("POST", `${repository}/blobs/uploads/`);
    const put = await call("PUT", withDigest(locationOf(begun), digest), randomBytes(100));
    expect([put.status, await codesOf(put)]).toEqual([400, ["DIGEST_INVALID"]]);
    expect((await call("HEAD", `${repository}/blobs/${digest}`)).status).toBe(404);
  });

  test("cancels an upload", async () => {
    const repository = newRepository();
    const location = locationOf(await call("POST", `${repository}/blobs/uploads/`));
    expect((await call("DELETE", location)).status).toBe(204);
    const status = await call("GET", location);
    expect([status.status, await codesOf(status)]).toEqual([404, ["BLOB_UPLOAD_UNKNOWN"]]);
  });

  test("mounts a blob of another repository, and becomes an upload where it is not there", async () => {
    const [from, to] = [newRepository(), newRepository()];
    const content = randomBytes(1_000);
    const digest = await pushBlob(from, content);
    const mounted = await call("POST", `${to}/blobs/uploads/?mount=${digest}&from=${from}`);
    expect(mounted.status).toBe(201);
    expect(new URL(locationOf(mounted)).pathname).toBe(`/v2/${to}/blobs/${digest}`);
    expect(await contentOf(`${to}/blobs/${digest}`)).toBe(sha256(content));
    const missing = sha256("nowhere");
    const refused = await call("POST", `${to}/blobs/uploads/?mount=${missing}&from=${from}`);
    expect(refused.status).toBe(202);
  });

  test("keeps a blob to the repositories that have it", async () => {
    const digest = await pushBlob(newRepository(), randomBytes(1_000));
    const elsewhere = await call("GET", `${newRepository()}/blobs/${digest}`);
    expect([elsewhere.status, await codesOf(elsewhere)]).toEqual([404, ["BLOB_UNKNOWN"]]);
  });

  test.each([
    ["bytes=0-9", 206, 0, 10],
    ["bytes=990-", 206, 990, 1_000],
    ["bytes=-5", 206, 995, 1_000],
    ["bytes=990-5000", 206, 990, 1_000],
  ])("sends the range %s of a blob", async (range, status, start, end) => {
    const repository = newRepository();
    const content = randomBytes(1_000);
    const digest = await pushBlob(repository, content);
    const response = await call("GET", `${repository}/blobs/${digest}`, undefined, { range });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(content.subarray(start, end));
  });

  test("answers a range behind the end with 416", async () => {
    const repository = newRepository();
    const digest = await pushBlob(repository, randomBytes(1_000));
    const response = await call("GET", `${repository}/blobs/${digest}`, undefined, {
      range: "bytes=1000-",
    });
    expect(response.status).toBe(416);
  });

  test("takes a manifest by tag and gives it by tag and by digest, byte for byte", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    const digest = sha256(bytes);
    const put = await putManifest(repository, "v1", bytes, ociManifest);
    expect([put.status, put.headers.get("docker-content-digest")]).toEqual([201, digest]);
    expect(new URL(locationOf(put)).pathname).toBe(`/v2/${repository}/manifests/${digest}`);
    for (const reference of ["v1", digest]) {
      const got = await call("GET", `${repository}/manifests/${reference}`, undefined, {
        accept: ociManifest,
      });
      expect(got.headers.get("content-type")).toBe(ociManifest);
      expect(got.headers.get("docker-content-digest")).toBe(digest);
      expect(await got.text()).toBe(bytes);
      const head = await call("HEAD", `${repository}/manifests/${reference}`, undefined, {
        accept: ociManifest,
      });
      expect(head.status).toBe(200);
      expect(head.headers.get("content-length")).toBe(String(bytes.length));
    }
  });

  test("takes Docker's manifests, and indexes of manifests that are there", async () => {
    const repository = newRepository();
    const docker = imageOf(dockerManifest, await pushConfig(repository));
    expect((await putManifest(repository, "docker", docker, dockerManifest)).status).toBe(201);
    const child = imageOf(ociManifest, await pushConfig(repository));
    expect((await putManifest(repository, sha256(child), child, ociManifest)).status).toBe(201);
    const index = indexOf(child);
    expect((await putManifest(repository, "index", index, ociIndex)).status).toBe(201);
    const got = await call("GET", `${repository}/manifests/index`, undefined, { accept: ociIndex });
    expect([got.headers.get("content-type"), await got.text()]).toEqual([ociIndex, index]);
  });

  test("takes an index of blobs, which is what BuildKit's cache once was", async () => {
    const repository = newRepository();
    const layer = randomBytes(100);
    const digest = await pushBlob(repository, layer);
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [
        { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: layer.length },
      ],
    });
    expect((await putManifest(repository, "cache", index, ociIndex)).status).toBe(201);
  });

  test("refuses a manifest whose blobs or manifests are not there", async () => {
    const repository = newRepository();
    await pushConfig(repository);
    const image = imageOf(ociManifest, Buffer.from("a config that nobody pushed"));
    const refused = await putManifest(repository, "v1", image, ociManifest);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.status).toBeLessThanOrEqual(404);
    expect(await codesOf(refused)).toContain("MANIFEST_BLOB_UNKNOWN");
    const index = await putManifest(repository, "v1", indexOf(image), ociIndex);
    expect(index.status).toBeGreaterThanOrEqual(400);
    expect(index.status).toBeLessThanOrEqual(404);
    expect((await call("HEAD", `${repository}/manifests/v1`)).status).toBe(404);
  });

  test("refuses what is no manifest", async () => {
    const response = await putManifest(newRepository(), "v1", "{", ociManifest);
    expect([response.status, await codesOf(response)]).toEqual([400, ["MANIFEST_INVALID"]]);
  });

  test("refuses a manifest that is not what its digest says", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    const response = await putManifest(repository, sha256("else"), bytes, ociManifest);
    expect([response.status, await codesOf(response)]).toEqual([400, ["DIGEST_INVALID"]]);
  });

  test("moves a tag, and keeps what it named by digest", async () => {
    const repository = newRepository();
    const config = await pushConfig(repository);
    const [first, second] = [imageOf(ociManifest, config, "1"), imageOf(ociManifest, config, "2")];
    await putManifest(repository, "latest", first, ociManifest);
    await putManifest(repository, "latest", second, ociManifest);
    const accept = { accept: ociManifest };
    const now = await call("GET", `${repository}/manifests/latest`, undefined, accept);
    expect(await now.text()).toBe(second);
    const path = `${repository}/manifests/${sha256(first)}`;
    expect(await (await call("GET", path, undefined, accept)).text()).toBe(first);
  });

  test("deletes a manifest by digest, and its tags with it", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    await putManifest(repository, "v1", bytes, ociManifest);
    const path = `${repository}/manifests/${sha256(bytes)}`;
    expect((await call("DELETE", path)).status).toBe(202);
    for (const gone of [path, `${repository}/manifests/v1`]) {
      const response = await call("GET", gone, undefined, { accept: ociManifest });
      expect([response.status, await codesOf(response)]).toEqual([404, ["MANIFEST_UNKNOWN"]]);
    }
    expect((await call("DELETE", path)).status).toBe(404);
  });

  test("deletes a blob from one repository and leaves it in another", async () => {
    const [one, other] = [newRepository(), newRepository()];
    const content = randomBytes(100);
    const digest = await pushBlob(one, content);
    await pushBlob(other, content);
    expect((await call("DELETE", `${one}/blobs/${digest}`)).status).toBe(202);
    expect((await call("HEAD", `${one}/blobs/${digest}`)).status).toBe(404);
    expect(await contentOf(`${other}/blobs/${digest}`)).toBe(sha256(content));
  });

  test("lists tags", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    for (const tag of ["b", "a"]) await putManifest(repository, tag, bytes, ociManifest);
    const listed: unknown = await (await call("GET", `${repository}/tags/list`)).json();
    // 2.8 has no order.
    expect(listed).toEqual({
      name: repository,
      tags: expect.arrayContaining(["a", "b"]) as unknown,
    });
  });

  test("knows no tags of a repository that is not there", async () => {
    const response = await call("GET", `${newRepository()}/tags/list`);
    expect([response.status, await codesOf(response)]).toEqual([404, ["NAME_UNKNOWN"]]);
  });

  test("lists repositories", async () => {
    const repository = newRepository();
    await pushBlob(repository, randomBytes(10));
    if (implementation === cncf) {
      const bytes = imageOf(ociManifest, await pushConfig(repository));
      await putManifest(repository, "v1", bytes, ociManifest);
    }
    const listed: unknown = await (await call("GET", "_catalog?n=1000")).json();
    expect(listed).toEqual({ repositories: expect.arrayContaining([repository]) as unknown });
  });

  test.each(["PUT", "PATCH", "POST"])("answers %s of a tag list with 405", async (method) => {
    const response = await call(method, `${newRepository()}/tags/list`);
    expect(response.status).toBe(405);
  });
});

// What Debian's docker-registry 2.8 does not do, or does in another way.
describe("the embedded registry alone", () => {
  serve(ours);

  test("refuses a chunk that is not the next one, and keeps what it has", async () => {
    const repository = newRepository();
    const content = randomBytes(300);
    const location = locationOf(await call("POST", `${repository}/blobs/uploads/`));
    const first = await call("PATCH", location, content.subarray(0, 100), {
      "content-range": "0-99",
      "content-type": octets,
    });
    const skipped = await call("PATCH", locationOf(first), content.subarray(200), {
      "content-range": "200-299",
      "content-type": octets,
    });
    expect(skipped.status).toBe(416);
    const status = await call("GET", locationOf(first));
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-99"]);
  });

  test("lists tags in order, page by page", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    for (const tag of ["b", "a", "c"]) await putManifest(repository, tag, bytes, ociManifest);
    const page = await call("GET", `${repository}/tags/list?n=2`);
    expect(await page.json()).toEqual({ name: repository, tags: ["a", "b"] });
    const next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1] ?? "";
    const rest = await fetch(new URL(next, url));
    expect(await rest.json()).toEqual({ name: repository, tags: ["c"] });
    expect(rest.headers.get("link")).toBe(null);
  });

  test("takes a blob in a single POST", async () => {
    const repository = newRepository();
    const content = randomBytes(1_000);
    const digest = sha256(content);
    const path = `${repository}/blobs/uploads/?digest=${digest}`;
    const response = await call("POST", path, content, { "content-type": octets });
    expect([response.status, response.headers.get("location")]).toEqual([
      201,
      `/v2/${repository}/blobs/${digest}`,
    ]);
    expect(await contentOf(`${repository}/blobs/${digest}`)).toBe(sha256(content));
  });

  test("takes blobs and manifests by sha512", async () => {
    const repository = newRepository();
    const content = randomBytes(1_000);
    const digest = `sha512:${createHash("sha512").update(content).digest("hex")}`;
    const begun = await call("POST", `${repository}/blobs/uploads/`);
    expect((await call("PUT", withDigest(locationOf(begun), digest), content)).status).toBe(201);
    expect(await contentOf(`${repository}/blobs/${digest}`)).toBe(sha256(content));
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    const name = `sha512:${createHash("sha512").update(bytes).digest("hex")}`;
    const put = await putManifest(repository, name, bytes, ociManifest);
    expect([put.status, put.headers.get("docker-content-digest")]).toEqual([201, name]);
    expect(await (await call("GET", `${repository}/manifests/${name}`)).text()).toBe(bytes);
  });

  test("mounts without being told from where", async () => {
    const content = randomBytes(100);
    const digest = await pushBlob(newRepository(), content);
    const to = newRepository();
    const mounted = await call("POST", `${to}/blobs/uploads/?mount=${digest}`);
    expect(mounted.status).toBe(201);
    expect(await contentOf(`${to}/blobs/${digest}`)).toBe(sha256(content));
  });

  test("deletes a tag and leaves the manifest", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    for (const tag of ["a", "b"]) await putManifest(repository, tag, bytes, ociManifest);
    expect((await call("DELETE", `${repository}/manifests/a`)).status).toBe(202);
    expect((await call("GET", `${repository}/manifests/a`)).status).toBe(404);
    expect(await (await call("GET", `${repository}/manifests/b`)).text()).toBe(bytes);
    expect((await call("DELETE", `${repository}/manifests/a`)).status).toBe(404);
  });

  test("lists what refers to a manifest, by type if asked, also before the manifest is there", async () => {
    const repository = newRepository();
    const config = await pushConfig(repository);
    const image = imageOf(ociManifest, config);
    const subject = { mediaType: ociManifest, digest: sha256(image), size: image.length };
    const refer = (artifactType: string): string =>
      JSON.stringify({
        ...parse(imageOf(ociManifest, config)),
        artifactType,
        subject,
        annotations: { kind: artifactType },
      });
    const [sbom, signature] = [refer("application/sbom"), refer("application/signature")];
    for (const bytes of [sbom, signature]) {
      const put = await putManifest(repository, sha256(bytes), bytes, ociManifest);
      expect([put.status, put.headers.get("oci-subject")]).toEqual([201, subject.digest]);
    }
    const path = `${repository}/referrers/${subject.digest}`;
    const described = (bytes: string, artifactType: string): object => ({
      mediaType: ociManifest,
      digest: sha256(bytes),
      size: bytes.length,
      artifactType,
      annotations: { kind: artifactType },
    });
    const all = await call("GET", path);
    expect(all.headers.get("content-type")).toBe(ociIndex);
    expect(await all.json()).toEqual({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [
        described(sbom, "application/sbom"),
        described(signature, "application/signature"),
      ].toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    });
    const some = await call("GET", `${path}?artifactType=application/sbom`);
    expect(some.headers.get("oci-filters-applied")).toBe("artifactType");
    expect(await some.json()).toMatchObject({ manifests: [described(sbom, "application/sbom")] });
    await call("DELETE", `${repository}/manifests/${sha256(sbom)}`);
    const left = await call("GET", path);
    expect(await left.json()).toMatchObject({
      manifests: [described(signature, "application/signature")],
    });
  });

  test("gives an empty index for a subject that nothing refers to", async () => {
    const response = await call("GET", `${newRepository()}/referrers/${sha256("none")}`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { schemaVersion: 2, mediaType: ociIndex, manifests: [] },
    ]);
  });

  test("answers 304 where the client has it already", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    await putManifest(repository, "v1", bytes, ociManifest);
    const first = await call("GET", `${repository}/manifests/v1`);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toBe(`"${sha256(bytes)}"`);
    const again = await call("GET", `${repository}/manifests/v1`, undefined, {
      "if-none-match": etag,
    });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test("takes a manifest of 4 MiB and refuses a larger one with 413", async () => {
    const repository = newRepository();
    const image = imageOf(ociManifest, await pushConfig(repository));
    const padded = (bytes: number): string => image + " ".repeat(bytes - image.length);
    const largest = await putManifest(repository, "v1", padded(4 << 20), ociManifest);
    expect(largest.status).toBe(201);
    const response = await putManifest(repository, "v1", padded((4 << 20) + 1), ociManifest);
    expect([response.status, await codesOf(response)]).toEqual([413, ["SIZE_INVALID"]]);
  });

  test("refuses a manifest whose Content-Type contradicts it", async () => {
    const repository = newRepository();
    const bytes = imageOf(ociManifest, await pushConfig(repository));
    const response = await putManifest(repository, "v1", bytes, ociIndex);
    expect([response.status, await codesOf(response)]).toEqual([400, ["MANIFEST_INVALID"]]);
  });

  test("takes layers that may not be distributed without their bytes", async () => {
    const repository = newRepository();
    const image = {
      ...parse(imageOf(ociManifest, await pushConfig(repository))),
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
          digest: sha256("far away"),
          size: 8,
          urls: ["https://example.com/layer"],
        },
      ],
    };
    const put = await putManifest(repository, "v1", JSON.stringify(image), ociManifest);
    expect(put.status).toBe(201);
  });

  test("says which methods it knows", async () => {
    const response = await call("POST", `${newRepository()}/blobs/${sha256("x")}`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, DELETE"]);
  });

  test("tells tags apart that differ by case", async () => {
    const repository = newRepository();
    const config = await pushConfig(repository);
    const [lower, upper] = [imageOf(ociManifest, config, "1"), imageOf(ociManifest, config, "2")];
    await putManifest(repository, "rc", lower, ociManifest);
    await putManifest(repository, "RC", upper, ociManifest);
    expect(await (await call("GET", `${repository}/manifests/rc`)).text()).toBe(lower);
    expect(await (await call("GET", `${repository}/manifests/RC`)).text()).toBe(upper);
    const tags = await call("GET", `${repository}/tags/list`);
    expect(await tags.json()).toEqual({ name: repository, tags: ["RC", "rc"] });
  });
});

let count = 0;

function newRepository(): string {
  count += 1;
  return `acme/app-${count}-${randomUUID().slice(0, 8)}`;
}

function call(
  method: string,
  path: string,
  body?: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const target = /^https?:/.test(path) ? path : `${url}/v2/${path}`;
  return fetch(target, { method, headers, ...(body === undefined ? {} : { body }) });
}

function locationOf(response: Response): string {
  return new URL(response.headers.get("location") ?? "missing", url).href;
}

function withDigest(location: string, digest: string): string {
  const target = new URL(location);
  target.searchParams.set("digest", digest);
  return target.href;
}

async function pushBlob(repository: string, content: Uint8Array): Promise<string> {
  const digest = sha256(content);
  const begun = await call("POST", `${repository}/blobs/uploads/`);
  const put = await call("PUT", withDigest(locationOf(begun), digest), content);
  expect(put.status).toBe(201);
  return digest;
}

async function pushConfig(repository: string): Promise<Buffer> {
  const config = Buffer.from(
    JSON.stringify({ os: "linux", architecture: "amd64", id: randomUUID() }),
  );
  await pushBlob(repository, config);
  return config;
}

function putManifest(
  repository: string,
  reference: string,
  bytes: string,
  type: string,
): Promise<Response> {
  return call("PUT", `${repository}/manifests/${reference}`, bytes, { "content-type": type });
}

function imageOf(type: string, config: Uint8Array, id?: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: {
      mediaType:
        type === dockerManifest
          ? "application/vnd.docker.container.image.v1+json"
          : "application/vnd.oci.image.config.v1+json",
      digest: sha256(config),
      size: config.length,
    },
    layers: [],
    ...(id === undefined ? {} : { annotations: { id } }),
  });
}

function indexOf(child: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: [
      {
        mediaType: ociManifest,
        digest: sha256(child),
        size: child.length,
        platform: { os: "linux", architecture: "amd64" },
      },
    ],
  });
}

/** The sha256 digest of what is served there. */
async function contentOf(path: string): Promise<string> {
  const response = await call("GET", path);
  expect(response.status).toBe(200);
  return sha256(Buffer.from(await response.arrayBuffer()));
}

async function codesOf(response: Response): Promise<string[]> {
  const body = (await response.json()) as { errors: { code: string }[] };
  return body.errors.map((error) => error.code);
}

function parse(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

function sha256(content: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
