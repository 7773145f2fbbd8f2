import { describe, expect, it } from "vitest";
import { bytesOf, describe as describeBytes } from "../../../test/support/images.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { artifact } from "../../../test/support/scripted-manifests.ts";
import type { SeenRequest } from "../../../test/support/scripted-server.ts";
import { digestOf } from "../../oci/digest.ts";
import { KnownBlobs } from "./known-blobs.ts";

const bytes = bytesOf("blob", 100);
const blob = describeBytes(bytes, "a/b");

/** Accepts every upload, and reports that every blob exists. */
function taking({ method, url }: SeenRequest) {
  if (method === "POST") return { status: 202, headers: { location: "/upload" } };
  if (method === "HEAD") return { status: 200, headers: { "content-length": "100" } };
  const errors = [{ code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown" }];
  return url.includes("/manifests/")
    ? { status: 404, body: JSON.stringify({ errors }) }
    : { status: 201 };
}

describe("a client", () => {
  it("sends no request for a blob that it pushed to that repository", async () => {
    await using r = await scriptedRegistry(taking);
    const repository = { host: r.host, path: "a" };
    await r.client.pushBlob(repository, blob, () => bytes);
    await r.client.pushBlob(repository, blob, () => bytes);
    expect(await r.client.headBlob(repository, blob.digest)).toEqual({ size: 100 });
    expect(await r.client.mountBlob(repository, blob.digest, { ...repository, path: "b" })).toBe(
      true,
    );
    expect(r.server.seen).toHaveLength(2);
    await r.client.pushBlob({ ...repository, path: "b" }, blob, () => bytes);
    expect(r.server.seen).toHaveLength(4);
  });

  it("sends no request for a blob that it saw, unless told to", async () => {
    await using r = await scriptedRegistry(taking);
    const repository = { host: r.host, path: "a" };
    await r.client.headBlob(repository, blob.digest);
    await r.client.headBlob(repository, blob.digest);
    expect(r.server.seen).toHaveLength(1);
    await r.client.headBlob(repository, blob.digest, { fresh: true });
    expect(r.server.seen).toHaveLength(2);
  });

  it("asks only for the size of a blob that it mounted", async () => {
    await using r = await scriptedRegistry((request) =>
      request.method === "POST" ? { status: 201 } : taking(request),
    );
    const [to, from] = [
      { host: r.host, path: "a" },
      { host: r.host, path: "b" },
    ];
    expect(await r.client.mountBlob(to, blob.digest, from)).toBe(true);
    expect(await r.client.mountBlob(to, blob.digest, from)).toBe(true);
    await r.client.pushBlob(to, blob, () => bytes);
    expect(r.server.seen).toHaveLength(1);
    expect(await r.client.headBlob(to, blob.digest)).toEqual({ size: 100 });
    expect(r.server.seen).toHaveLength(2);
  });

  it("asks again after five minutes", async () => {
    let now = 0;
    await using r = await scriptedRegistry(taking, { clock: () => now });
    const repository = { host: r.host, path: "a" };
    await r.client.headBlob(repository, blob.digest);
    now = 300_000;
    await r.client.headBlob(repository, blob.digest);
    expect(r.server.seen).toHaveLength(1);
    now = 300_001;
    await r.client.headBlob(repository, blob.digest);
    expect(r.server.seen).toHaveLength(2);
  });

  it("asks again once the registry reports a manifest's blob as missing", async () => {
    await using r = await scriptedRegistry(taking);
    const repository = { host: r.host, path: "a" };
    await r.client.pushBlob(repository, blob, () => bytes);
    const put = r.client.putManifest(repository, artifact({ name: "x" }).push);
    await expect(put).rejects.toMatchObject({ status: 404 });
    await r.client.pushBlob(repository, blob, () => bytes);
    expect(r.server.lines().filter((line) => line.startsWith("POST"))).toHaveLength(2);
  });

  it("asks again once a blob could not be read", async () => {
    await using r = await scriptedRegistry((request) =>
      request.method === "GET" ? { status: 404 } : taking(request),
    );
    const repository = { host: r.host, path: "a" };
    await r.client.headBlob(repository, blob.digest);
    await expect(r.client.readBlob(repository, blob, 100)).rejects.toMatchObject({ status: 404 });
    await r.client.headBlob(repository, blob.digest);
    expect(r.server.lines().filter((line) => line.startsWith("HEAD"))).toHaveLength(2);
  });

  it("pushes a blob that is known under another size", async () => {
    await using r = await scriptedRegistry(taking);
    const repository = { host: r.host, path: "a" };
    await r.client.headBlob(repository, blob.digest);
    const longer = { ...blob, size: 101 };
    await r.client.pushBlob(repository, longer, () => bytesOf("blob", 101));
    expect(r.server.lines().at(-1)).toMatch(/^PUT /);
  });
});

describe("KnownBlobs", () => {
  it("forgets the oldest entries first", () => {
    const known = new KnownBlobs(() => 0);
    const repository = { host: "h", path: "a" };
    const digests = Array.from({ length: 20_001 }, (_, n) => digestOf(String(n)));
    digests.forEach((digest, n) => known.add(repository, digest, n));
    expect(digests.slice(0, 3).map((digest) => known.find(repository, digest)?.size)).toEqual([
      undefined,
      1,
      2,
    ]);
  });
});
