import { describe, expect, it } from "vitest";
import { FormatError, UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { joinLegs } from "./image.ts";
import type { ResolvedLeg } from "../stage/resolve-leg.ts";

const source = { host: "r.example", path: "cache" };

function image(architecture: string): Descriptor {
  const digest = digestOf(architecture);
  return {
    mediaType: mediaTypes.ociManifest,
    digest,
    size: 7,
    platform: { os: "linux", architecture },
  };
}

function attestation(of: Descriptor): Descriptor {
  return {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(`attestation of ${of.digest}`),
    size: 8,
    annotations: {
      "vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": of.digest,
    },
    platform: { os: "unknown", architecture: "unknown" },
  };
}

function leg(architecture: string, ...more: Descriptor[]): ResolvedLeg {
  const children = [image(architecture), ...more];
  return {
    id: `app/linux/${architecture}`,
    source,
    digest: digestOf(`leg ${architecture}`),
    children,
  };
}

const amd64 = leg("amd64", attestation(image("amd64")));
const arm64 = leg("arm64", attestation(image("arm64")));
const target = {
  repository: "r.example/app",
  shape: "index",
  annotations: { b: "2", a: "1" },
} as const;

describe("joinLegs", () => {
  it("writes an OCI index of the images in the order of the legs, then their attestations", () => {
    const joined = joinLegs("app", [arm64, amd64], target);
    if (joined.shape !== "index") throw new Error("no index");
    expect(joined.digest).toBe(digestOf(joined.bytes));
    expect(JSON.parse(joined.bytes.toString())).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        image("arm64"),
        image("amd64"),
        attestation(image("arm64")),
        attestation(image("amd64")),
      ],
      annotations: { a: "1", b: "2" },
    });
  });

  it("produces the same bytes for any order of annotations and of a descriptor's keys", () => {
    const { platform, size, digest, mediaType } = image("amd64");
    const turned: Descriptor = { ...(platform && { platform }), size, digest, mediaType };
    const other = { ...amd64, children: [turned, attestation(turned)] };
    const annotations = { a: "1", b: "2" };
    expect(joinLegs("app", [other, arm64], { ...target, annotations }).digest).toBe(
      joinLegs("app", [amd64, arm64], target).digest,
    );
  });

  it("omits annotations if there are none", () => {
    const joined = joinLegs("app", [amd64], { ...target, annotations: {} });
    if (joined.shape !== "index") throw new Error("no index");
    expect(Object.keys(JSON.parse(joined.bytes.toString()) as object)).toEqual([
      "schemaVersion",
      "mediaType",
      "manifests",
    ]);
  });

  it("returns the image itself for the shape manifest, without its attestation", () => {
    const joined = joinLegs("app", [amd64], { ...target, shape: "manifest" });
    const { digest } = image("amd64");
    expect(joined).toEqual({
      shape: "manifest",
      digest,
      part: { source, descriptor: image("amd64") },
    });
  });

  it("refuses the shape manifest for two platforms", () => {
    const join = () => joinLegs("app", [amd64, arm64], { ...target, shape: "manifest" });
    expect(join).toThrow(UsageError);
    expect(join).toThrow(
      "variant app has 2 platforms, but shape: manifest for r.example/app allows only one",
    );
  });

  it("refuses an attestation of another image", () => {
    const stray = leg("amd64", attestation(image("s390x")));
    expect(() => joinLegs("app", [stray], target)).toThrow(FormatError);
  });
});
