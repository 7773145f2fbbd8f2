import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { FormatError, IntegrityError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";

const bytes = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }),
);
const digest = digestOf(bytes);
const descriptor = { mediaType: mediaTypes.ociIndex, digest, size: bytes.length };
const headers = { "content-type": mediaTypes.ociIndex, "docker-content-digest": digest };

describe("getManifest", () => {
  it("requests every kind of manifest, and returns its kind", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, headers, body: bytes }));
    const found = await r.client.getManifest({ host: r.host, path: "a/b", tag: "v1" });
    expect(found?.descriptor).toEqual(descriptor);
    expect(found?.bytes.equals(bytes)).toBe(true);
    expect(r.server.lines()).toEqual(["GET /v2/a/b/manifests/v1"]);
    expect(r.server.seen[0]?.headers.accept).toBe(
      [
        mediaTypes.ociIndex,
        mediaTypes.ociManifest,
        mediaTypes.dockerList,
        mediaTypes.dockerManifest,
      ].join(", "),
    );
  });

  it("rejects bytes that do not match the requested digest", async () => {
    await using r = await scriptedRegistry(() => ({ status: 200, body: bytes }));
    const other = digestOf("other");
    const get = r.client.getManifest({ host: r.host, path: "a", digest: other });
    await expect(get).rejects.toMatchObject({ code: "integrity", expected: other, actual: digest });
  });

  it("rejects bytes that do not match the registry's digest", async () => {
    const lie = { ...headers, "docker-content-digest": digestOf("other") };
    await using r = await scriptedRegistry(() => ({ status: 200, headers: lie, body: bytes }));
    const get = r.client.getManifest({ host: r.host, path: "a", tag: "v1" });
    await expect(get).rejects.toBeInstanceOf(IntegrityError);
  });

  it("rejects a manifest that is too large", async () => {
    await using r = await scriptedRegistry(() => ({
      status: 200,
      body: Buffer.alloc((4 << 20) + 1),
    }));
    const get = r.client.getManifest({ host: r.host, path: "a", tag: "v1" });
    await expect(get).rejects.toBeInstanceOf(FormatError);
  });
});

describe("headManifest", () => {
  it("takes the descriptor from the headers", async () => {
    const length = { ...headers, "content-length": String(bytes.length) };
    await using r = await scriptedRegistry(() => ({ status: 200, headers: length }));
    expect(await r.client.headManifest({ host: r.host, path: "a", tag: "v1" })).toEqual(descriptor);
  });

  it("reads the manifest if the registry sends no digest", async () => {
    await using r = await scriptedRegistry(({ method }) =>
      method === "HEAD" ? { status: 200 } : { status: 200, body: bytes },
    );
    expect(await r.client.headManifest({ host: r.host, path: "a", tag: "v1" })).toEqual(descriptor);
    expect(r.server.lines()).toEqual(["HEAD /v2/a/manifests/v1", "GET /v2/a/manifests/v1"]);
  });
});

describe("putManifest", () => {
  it("pushes under a tag, or by digest without one", async () => {
    await using r = await scriptedRegistry(() => ({ status: 201 }));
    const manifest = { bytes, mediaType: mediaTypes.ociIndex };
    const repository = { host: r.host, path: "a" };
    expect(await r.client.putManifest(repository, { ...manifest, tag: "v1" })).toEqual(descriptor);
    expect(await r.client.putManifest(repository, manifest)).toEqual(descriptor);
    expect(r.server.lines()).toEqual([`PUT /v2/a/manifests/v1`, `PUT /v2/a/manifests/${digest}`]);
    expect(r.server.seen[0]?.headers["content-type"]).toBe(mediaTypes.ociIndex);
    expect(r.server.seen[0]?.body.equals(bytes)).toBe(true);
  });

  it("notices if the registry stored other bytes", async () => {
    const other = { "docker-content-digest": digestOf("rewritten") };
    await using r = await scriptedRegistry(() => ({ status: 201, headers: other }));
    const put = r.client.putManifest(
      { host: r.host, path: "a" },
      { bytes, mediaType: mediaTypes.ociIndex },
    );
    await expect(put).rejects.toMatchObject({ code: "integrity", expected: digest });
  });
});
