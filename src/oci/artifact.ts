import type { Annotations, Descriptor, ImageManifest } from "./manifest.ts";
import { mediaTypes } from "./media-types.ts";

/** The content of `emptyDescriptor`. */
export const emptyContent = Buffer.from("{}");

/** For an artifact without a config or without layers (OCI image spec 1.1, manifest.md). */
export const emptyDescriptor: Descriptor = {
  mediaType: mediaTypes.ociEmpty,
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
};

export interface Artifact {
  readonly artifactType: string;
  /** An empty one if none is given. */
  readonly layers?: readonly Descriptor[];
  readonly annotations?: Annotations;
}

/** The manifest of an artifact without a config, ready to be pushed. */
export function renderArtifact({
  artifactType,
  layers = [emptyDescriptor],
  annotations,
}: Artifact): { readonly bytes: Buffer; readonly mediaType: string } {
  const content: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: emptyDescriptor,
    layers,
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { bytes: Buffer.from(JSON.stringify(content)), mediaType: mediaTypes.ociManifest };
}
