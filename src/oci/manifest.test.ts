import { describe, expect, it } from "vitest";
import { FormatError } from "../errors.ts";
import { digestOf } from "./digest.ts";
import { isAttestation, parseManifest, referredBy } from "./manifest.ts";
import { mediaTypes } from "./media-types.ts";

const config = { mediaType: mediaTypes.ociConfig, digest: digestOf("config"), size: 6 };
const layer = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf("layer"), size: 5 };
const child = { mediaType: mediaTypes.ociManifest, digest: digestOf("child"), size: 5 };
const platform = { os: "linux", architecture: "arm64" };
const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [{ ...child, platform }],
};

describe("parseManifest", () => {
  it("reads an image manifest with all optional fields", () => {
    const full = {
      ...image,
      artifactType: "application/vnd.example",
      subject: child,
      annotations: { a: "b" },
      layers: [
        { ...layer, urls: ["https://example.com/l"], data: "bGF5ZXI=", artifactType: "x/y" },
      ],
    };
    expect(parseManifest(JSON.stringify(full))).toEqual({
      kind: "manifest",
      mediaType: mediaTypes.ociManifest,
      content: full,
    });
  });

  it("reads digests of unregistered algorithms", () => {
    const given = { ...image, layers: [{ ...layer, digest: "sha256+b64:abc=" }] };
    expect(parseManifest(JSON.stringify(given)).content).toEqual(given);
  });

  it("reads an index from bytes, with platforms", () => {
    const windows = {
      ...platform,
      os: "windows",
      variant: "v8",
      "os.version": "10.0",
      "os.features": ["win32k"],
    };
    const given = { ...index, manifests: [{ ...child, platform: windows }], annotations: {} };
    expect(parseManifest(Buffer.from(JSON.stringify(given)))).toEqual({
      kind: "index",
      mediaType: mediaTypes.ociIndex,
      content: given,
    });
  });

  it.each([
    ["Docker's list", { ...index, mediaType: mediaTypes.dockerList }, undefined, "index"],
    [
      "Docker's manifest",
      { ...image, mediaType: mediaTypes.dockerManifest },
      undefined,
      "manifest",
    ],
    [
      "the registry's content type, if the manifest has none",
      { ...index, mediaType: undefined },
      `${mediaTypes.dockerList}; charset=utf-8`,
      "index",
    ],
    ["its own type rather than the registry's", image, mediaTypes.ociIndex, "manifest"],
    ["its shape, if no type is given", { ...index, mediaType: undefined }, "text/plain", "index"],
    ["its shape, as a manifest", { ...image, mediaType: "" }, undefined, "manifest"],
  ])("determines the kind from %s", (_, given, contentType, kind) => {
    expect(parseManifest(JSON.stringify(given), contentType).kind).toBe(kind);
  });

  it("leaves out fields of the wrong type, and unknown ones", () => {
    const given = {
      ...image,
      extra: 1,
      artifactType: 5,
      annotations: { a: "b", n: 1 },
      layers: [{ ...layer, urls: ["https://example.com", 1], annotations: [], extra: 1 }],
    };
    expect(parseManifest(JSON.stringify(given)).content).toEqual({
      ...image,
      annotations: { a: "b" },
      layers: [{ ...layer, urls: ["https://example.com"] }],
    });
  });

  it.each([
    ["not JSON", "{", "it is not JSON"],
    ["a list", "[]", "it is not a JSON object"],
    ["null", "null", "it is not a JSON object"],
    ["schema 1", { ...image, schemaVersion: 1 }, "its schemaVersion is 1, not 2"],
    [
      "no schema version",
      { ...image, schemaVersion: undefined },
      "its schemaVersion is undefined, not 2",
    ],
    ["both kinds at once", { ...index, layers: [] }, "it contains both manifests and layers"],
    ["an index with a config", { ...index, config }, "it contains both manifests and layers"],
    ["an unknown type", { ...image, mediaType: "a/b" }, "its media type is a/b"],
    [
      "an index with the media type of a manifest",
      { ...index, mediaType: mediaTypes.ociManifest },
      "config is not a descriptor",
    ],
    ["no layers", { ...image, layers: undefined }, "layers is not a list"],
    ["no manifests", { ...index, manifests: {} }, "manifests is not a list"],
    [
      "a layer that is not an object",
      { ...image, layers: [layer, 1] },
      "layers[1] is not a descriptor",
    ],
    ["no media type", { ...image, config: { ...config, mediaType: 1 } }, "config has no mediaType"],
    [
      "a bad digest",
      { ...image, config: { ...config, digest: "sha256:x" } },
      "config has no digest",
    ],
    ["a negative size", { ...image, config: { ...config, size: -1 } }, "config has no size"],
    [
      "a size that is not an integer",
      { ...image, config: { ...config, size: 1.5 } },
      "config has no size",
    ],
    ["a bad subject", { ...image, subject: {} }, "subject has no mediaType"],
  ])("refuses %s", (_, given, why) => {
    const text = typeof given === "string" ? given : JSON.stringify(given);
    expect(() => parseManifest(text)).toThrow(
      new FormatError(`not an image manifest or index: ${why}`),
    );
  });
});

describe("referredBy", () => {
  it("returns the children of an index, or the blobs of a manifest, config first", () => {
    expect(referredBy(parseManifest(JSON.stringify(index)))).toEqual({
      manifests: [{ ...child, platform }],
      blobs: [],
    });
    expect(referredBy(parseManifest(JSON.stringify(image)))).toEqual({
      manifests: [],
      blobs: [config, layer],
    });
  });
});

describe("isAttestation", () => {
  it("checks BuildKit's annotation", () => {
    const annotations = { "vnd.docker.reference.type": "attestation-manifest" };
    expect(isAttestation({ ...child, annotations })).toBe(true);
    expect(isAttestation(child)).toBe(false);
    expect(isAttestation({ ...child, annotations: { "vnd.docker.reference.type": "x" } })).toBe(
      false,
    );
  });
});
