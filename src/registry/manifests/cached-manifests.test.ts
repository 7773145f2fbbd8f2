import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { artifact, scriptedManifests } from "../../../test/support/scripted-manifests.ts";
import type { Script } from "../../../test/support/scripted-server.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { hubCountsPulls } from "./cached-manifests.ts";
import type { RegistryClientOptions } from "../client.ts";
import { ManifestCache } from "./manifest-cache.ts";

const one = artifact({ name: "one" });
const two = artifact({ name: "two" });

async function registry(fault?: Script, options: Partial<RegistryClientOptions> = {}) {
  const { script, stored } = scriptedManifests(fault);
  const r = await scriptedRegistry(script, options);
  const set = (tag: string, { push, descriptor }: typeof one): void => {
    for (const key of [tag, descriptor.digest]) stored.set(key, push);
  };
  set("v1", one);
  const statuses = () =>
    r.server.seen.map(({ method, headers }) =>
      `${method} ${headers["if-none-match"] ?? ""}`.trim(),
    );
  return { ...r, stored, set, statuses, reference: { host: r.host, path: "a", tag: "v1" } };
}

describe("a manifest that was read before", () => {
  it("is requested by its tag each time, on condition that the tag moved", async () => {
    await using r = await registry();
    const first = await r.client.getManifest(r.reference);
    const second = await r.client.getManifest(r.reference);
    expect(second).toEqual(first);
    r.set("v1", two);
    const third = await r.client.getManifest(r.reference);
    expect(third?.descriptor.digest).toBe(two.descriptor.digest);
    const etag = `"${one.descriptor.digest}"`;
    expect(r.statuses()).toEqual(["GET", `GET ${etag}`, `GET ${etag}`]);
    r.stored.delete("v1");
    expect(await r.client.getManifest(r.reference)).toBeUndefined();
  });

  it("is requested with its digest as the condition if the registry sends no ETag", async () => {
    await using r = await registry(({ headers }) => ({
      status: headers["if-none-match"] === undefined ? 200 : 304,
      headers: { "docker-content-digest": one.descriptor.digest },
      body: headers["if-none-match"] === undefined ? one.push.bytes : "",
    }));
    await r.client.getManifest(r.reference);
    const again = await r.client.getManifest(r.reference);
    expect(again?.bytes.equals(one.push.bytes)).toBe(true);
    expect(r.statuses()).toEqual(["GET", `GET "${one.descriptor.digest}"`]);
  });

  it("is read again if a 304 is for another digest", async () => {
    let moved = false;
    await using r = await registry(({ headers }) =>
      moved && headers["if-none-match"] !== undefined
        ? { status: 304, headers: { "docker-content-digest": two.descriptor.digest } }
        : { status: 0 },
    );
    await r.client.getManifest(r.reference);
    moved = true;
    r.set("v1", two);
    const found = await r.client.getManifest(r.reference);
    expect(found?.descriptor.digest).toBe(two.descriptor.digest);
    expect(r.server.seen).toHaveLength(3);
  });

  it("comes from memory by its digest, until it is deleted, found missing, or requested with `fresh`", async () => {
    await using r = await registry();
    const { host, path } = r.reference;
    const reference = { host, path, digest: one.descriptor.digest };
    await r.client.getManifest(r.reference);
    await r.client.getManifest(reference);
    expect(r.server.seen).toHaveLength(1);
    await r.client.getManifest(reference, { fresh: true });
    expect(r.server.seen).toHaveLength(2);
    r.stored.delete(one.descriptor.digest);
    expect(await r.client.headManifest(reference)).toBeUndefined();
    expect(await r.client.getManifest(reference)).toBeUndefined();
    r.set("v1", one);
    await r.client.getManifest(reference);
    await r.client.deleteManifest(reference, one.descriptor.digest);
    expect(await r.client.getManifest(reference)).toBeUndefined();
  });

  it("is not used for another repository", async () => {
    await using r = await registry();
    await r.client.getManifest(r.reference);
    await r.client.getManifest({ ...r.reference, path: "b", tag: "v1" });
    expect(r.statuses()).toEqual(["GET", "GET"]);
  });
});

describe("a registry that counts pulls", () => {
  it("is Docker Hub by default", () => {
    const hosts = ["docker.io", "registry-1.docker.io", "ghcr.io", "quay.io"];
    expect(hosts.map(hubCountsPulls)).toEqual([true, true, false, false]);
  });

  it("gets a HEAD for a tag with a known manifest, and a GET if it moved", async () => {
    await using r = await registry(undefined, { countsPulls: () => true });
    const methods = () => r.server.seen.map(({ method }) => method);
    await r.client.getManifest(r.reference);
    await r.client.getManifest(r.reference);
    expect(methods()).toEqual(["GET", "HEAD"]);
    r.set("v1", two);
    const moved = await r.client.getManifest(r.reference);
    expect(moved?.descriptor.digest).toBe(two.descriptor.digest);
    expect(methods()).toEqual(["GET", "HEAD", "HEAD", "GET"]);
    r.stored.clear();
    expect(await r.client.getManifest(r.reference)).toBeUndefined();
    expect(methods()).toEqual(["GET", "HEAD", "HEAD", "GET", "HEAD"]);
  });
});

describe("ManifestCache", () => {
  const repository = { host: "h", path: "a" };
  const manifestOf = (name: string, size: number) => {
    const { push, descriptor } = artifact({ name });
    const manifest = { schemaVersion: 2, config: descriptor, layers: [] } as const;
    return {
      bytes: push.bytes,
      descriptor: { ...descriptor, size },
      manifest: { kind: "manifest", mediaType: mediaTypes.ociManifest, content: manifest },
    } as const;
  };

  it("keeps 8 MiB, and evicts the least recently used", () => {
    const cache = new ManifestCache();
    const many = Array.from({ length: 9 }, (_, n) => manifestOf(String(n), 1 << 20));
    for (const manifest of many.slice(0, 8)) cache.add(repository, manifest);
    for (const { descriptor } of many.slice(0, 1)) cache.get(repository, descriptor.digest);
    for (const manifest of many.slice(8)) cache.add(repository, manifest);
    const kept = many.map(
      ({ descriptor }) => cache.get(repository, descriptor.digest) !== undefined,
    );
    expect(kept).toEqual([true, false, true, true, true, true, true, true, true]);
  });

  it("keeps nothing larger than 1 MiB", () => {
    const cache = new ManifestCache();
    const large = manifestOf("large", (1 << 20) + 1);
    cache.add(repository, large);
    expect(cache.get(repository, large.descriptor.digest)).toBeUndefined();
    expect(cache.holds(repository)).toBe(false);
  });

  it.each(["no quotes", `"${"x".repeat(300)}"`, '"a"\r\nx: y', undefined])(
    "sends no condition for the ETag %j",
    (etag) => {
      const cache = new ManifestCache();
      const manifest = manifestOf("one", 100);
      const reference = { ...repository, tag: "v1" };
      cache.add(repository, manifest);
      cache.addTag(reference, manifest.descriptor.digest, '"known"');
      expect(cache.tag(reference)?.etag).toBe('"known"');
      cache.addTag(reference, manifest.descriptor.digest, etag);
      expect(cache.tag(reference)).toBeUndefined();
    },
  );
});
