import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../test/support/scripted-client.ts";
import type { Script } from "../../test/support/scripted-server.ts";
import { digestOf } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-types.ts";
import { Copier, GoneError } from "./copier.ts";

const layer = Buffer.from("a layer");
const config = Buffer.from("{}");
const blobs = new Map([layer, config].map((bytes) => [digestOf(bytes), bytes] as const));
const describeBlob = (bytes: Buffer, mediaType: string) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

function manifestOf(...layers: object[]) {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describeBlob(config, mediaTypes.ociConfig),
      layers,
    }),
  );
  return { bytes, digest: digestOf(bytes) };
}

const one = manifestOf(describeBlob(layer, mediaTypes.ociLayerGzip));
const two = manifestOf(describeBlob(layer, mediaTypes.ociLayerGzip), describeBlob(layer, "x/y"));

/** Serves the manifests and blobs from every repository, and answers pushes with `answer`. */
function serving(answer: Script = () => ({ status: 0 })): Script {
  return async (request, seen) => {
    const said = await answer(request, seen);
    if (said === "hang up" || said.status !== 0) return said;
    const { method, url } = request;
    const digest = /sha256:[0-9a-f]{64}/.exec(decodeURIComponent(url))?.[0] ?? "";
    if (method === "POST") return { status: 202, headers: { location: "/upload" } };
    if (method === "PUT") return { status: 201 };
    const found =
      [one, two].find((manifest) => manifest.digest === digest)?.bytes ??
      [...blobs].find(([known]) => known === digest)?.[1];
    return found === undefined || method === "HEAD"
      ? { status: 404 }
      : { status: 200, body: found };
  };
}

const count = (lines: readonly string[], pattern: RegExp): number =>
  lines.filter((line) => pattern.test(line)).length;

describe("Copier", () => {
  it("sends each shared blob to a target once, and manifests last", async () => {
    await using from = await scriptedRegistry(serving());
    await using to = await scriptedRegistry(serving());
    const copier = new Copier(from.client);
    const source = { host: from.host, path: "a" };
    const target = { host: to.host, path: "b" };
    await Promise.all([
      copier.tree(source, one.digest, target),
      copier.tree(source, two.digest, target),
      copier.tree(source, one.digest, target),
    ]);
    const lines = to.server.lines();
    expect(count(lines, /^POST/)).toBe(2);
    expect(count(lines, /^PUT \/upload/)).toBe(2);
    expect(count(lines, /^PUT .*manifests/)).toBe(2);
    expect(lines.slice(-2).every((line) => line.includes("/manifests/"))).toBe(true);
    expect(count(from.server.lines(), /manifests/)).toBe(2);
  });

  it("requests a mount at once within a registry, and uploads if it is refused", async () => {
    await using r = await scriptedRegistry(
      serving(({ method, url }) => ({
        status: method === "POST" && url.includes("mount") ? 403 : 0,
      })),
    );
    const how: string[] = [];
    await new Copier(r.client).tree(
      { host: r.host, path: "a" },
      one.digest,
      { host: r.host, path: "b" },
      {
        onBlob: (copied) => how.push(copied.how),
      },
    );
    expect(how).toEqual(["copied", "copied"]);
    expect(count(r.server.lines(), /^POST .*from=a$/)).toBe(2);
    expect(count(r.server.lines(), /^POST \/v2\/b\/blobs\/uploads\/$/)).toBe(2);
    expect(count(r.server.lines(), /^HEAD/)).toBe(0);
  });

  it("sends nothing that the target reports as present", async () => {
    await using from = await scriptedRegistry(serving());
    await using to = await scriptedRegistry(
      serving(({ method }) => ({ status: method === "POST" ? 201 : 0 })),
    );
    const how: string[] = [];
    const target = { host: to.host, path: "b" };
    await new Copier(from.client).tree({ host: from.host, path: "a" }, one.digest, target, {
      onBlob: (copied) => how.push(copied.how),
    });
    expect(how).toEqual(["there", "there"]);
    expect(to.server.lines().filter((line) => line.startsWith("PUT"))).toEqual([
      `PUT /v2/b/manifests/${one.digest}`,
    ]);
  });

  it("sends the blobs after all if the target then reports them as missing", async () => {
    let refused = 0;
    await using from = await scriptedRegistry(serving());
    await using to = await scriptedRegistry(
      serving(({ method, url }) => {
        if (method === "POST") return { status: url.includes("mount") ? 201 : 0 };
        if (method !== "PUT" || !url.includes("manifests") || refused++ > 0) return { status: 0 };
        const error = { code: "MANIFEST_BLOB_UNKNOWN", message: "blob unknown" };
        return { status: 404, body: JSON.stringify({ errors: [error] }) };
      }),
    );
    const target = { host: to.host, path: "b" };
    await new Copier(from.client).tree({ host: from.host, path: "a" }, one.digest, target);
    expect(count(to.server.lines(), /^PUT \/upload/)).toBe(2);
    expect(count(to.server.lines(), /^PUT .*manifests/)).toBe(2);
  });

  it("leaves out layers that exist only at their own URLs", async () => {
    const foreign = {
      ...describeBlob(
        Buffer.from("windows"),
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      ),
      urls: ["https://elsewhere.example/layer"],
    };
    const { bytes, digest } = manifestOf(foreign);
    await using r = await scriptedRegistry(
      serving(({ method, url }) =>
        method === "GET" && url.includes(digest) ? { status: 200, body: bytes } : { status: 0 },
      ),
    );
    await new Copier(r.client).tree({ host: r.host, path: "a" }, digest, {
      host: r.host,
      path: "b",
    });
    expect(count(r.server.lines(), /^POST/)).toBe(1);
  });

  it.each(["manifest", "blob"] as const)(
    "reports a %s that is missing from the source",
    async (what) => {
      const gone = what === "manifest" ? one.digest : digestOf(layer);
      await using from = await scriptedRegistry(
        serving(({ method, url }) => ({
          status: method === "GET" && url.includes(gone) ? 404 : 0,
        })),
      );
      await using to = await scriptedRegistry(serving());
      const target = { host: to.host, path: "b" };
      const copy = new Copier(from.client).tree({ host: from.host, path: "a" }, one.digest, target);
      const error: unknown = await copy.catch((e: unknown) => e);
      expect(error).toBeInstanceOf(GoneError);
      expect(String(error)).toContain(
        `${from.host}/a@${gone}: 404 the ${what} is missing from the repository`,
      );
      expect(count(to.server.lines(), /manifests/)).toBe(0);
    },
  );
});

describe("a tree that is not an image", () => {
  /** A source with one index over a child, and what is copied to the target. */
  async function copied(child: object, part: Buffer, digest: string) {
    const manifests = [child];
    const mediaType = mediaTypes.ociIndex;
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    await using from = await scriptedRegistry(
      serving(({ url }) => {
        if (url.endsWith(`/manifests/${digestOf(bytes)}`)) return { status: 200, body: bytes };
        return url.endsWith(digest) ? { status: 200, body: part } : { status: 0 };
      }),
    );
    await using to = await scriptedRegistry(serving());
    const copier = new Copier(from.client);
    const source = { host: from.host, path: "a" };
    await copier.tree(source, digestOf(bytes), { host: to.host, path: "b" });
    return { puts: to.server.lines().filter((line) => line.startsWith("PUT")), bytes };
  }

  it("treats index entries with a layer's media type as blobs, as in BuildKit's caches", async () => {
    const child = describeBlob(layer, mediaTypes.ociLayerGzip);
    const { puts, bytes } = await copied(child, layer, child.digest);
    expect(puts).toEqual([
      `PUT /upload?digest=${encodeURIComponent(child.digest)}`,
      `PUT /v2/b/manifests/${digestOf(bytes)}`,
    ]);
  });

  it("stores a manifest under the sha512 digest from its index", async () => {
    const digest = `sha512:${createHash("sha512").update(one.bytes).digest("hex")}`;
    const child = { mediaType: mediaTypes.ociManifest, digest, size: one.bytes.length };
    const { puts } = await copied(child, one.bytes, digest);
    expect(puts).toContain(`PUT /v2/b/manifests/${digest}`);
  });
});
