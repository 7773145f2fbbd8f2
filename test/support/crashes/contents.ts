import { createCipheriv, createHash } from "node:crypto";
import { digestOf } from "../../../src/oci/digest.ts";
import { mediaTypes } from "../../../src/oci/media-types.ts";
import type { Known } from "./ledger.ts";

/** The repositories that are written to, each by a client of its own. */
export const repositories = ["r0", "r1", "r2", "r3", "r4", "r5"] as const;

/** Few, so that repositories share them and they come and go. Every fifth one is large. */
export const poolContents: readonly Buffer[] = Array.from({ length: 30 }, (_, id) =>
  contentOf(`pool ${id}`, id % 5 === 4 ? 70_000 + id * 10_000 : 100 + id * 1_500),
);

/** Bytes that a name determines and that nothing else has. */
export function contentOf(name: string, bytes: number): Buffer {
  const key = createHash("sha256").update(name).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** An image of a config and layers. */
export function imageOf(config: Buffer, layers: readonly Buffer[]): Known {
  const mediaType = mediaTypes.ociManifest;
  const value = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
    layers: layers.map((layer) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: digestOf(layer),
      size: layer.length,
    })),
  };
  const parts = [config, ...layers].map((content) => digestOf(content));
  return { bytes: Buffer.from(JSON.stringify(value)), mediaType, parts };
}

/** An index of manifests; the number makes it another one. */
export function indexOf(children: readonly Known[], number: number): Known {
  const mediaType = mediaTypes.ociIndex;
  const manifests = children.map((child) => ({
    mediaType: child.mediaType,
    digest: digestOf(child.bytes),
    size: child.bytes.length,
  }));
  const annotations = { number: String(number) };
  const value = { schemaVersion: 2, mediaType, manifests, annotations };
  return {
    bytes: Buffer.from(JSON.stringify(value)),
    mediaType,
    parts: manifests.map(({ digest }) => digest),
  };
}
