import { count } from "../../count.ts";
import { FormatError, UsageError } from "../../errors.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { type Descriptor, type ImageIndex, isAttestation } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import type { Repository } from "../../oci/reference.ts";
import type { PlannedTarget } from "../../plan/plan.ts";
import type { ResolvedLeg } from "../stage/resolve-leg.ts";

/** A manifest or index, and the repository that it comes from. */
export interface Part {
  readonly source: Repository;
  readonly descriptor: Descriptor;
}

/** What a target's tags will point at. */
export type Image =
  | {
      readonly shape: "index";
      readonly digest: Digest;
      readonly bytes: Buffer;
      /** What must be in the target before the index. */
      readonly parts: readonly Part[];
    }
  | { readonly shape: "manifest"; readonly digest: Digest; readonly part: Part };

/**
 * The image of these legs for a target. The same legs and annotations produce the same bytes: an
 * OCI index of the legs' images, then of their attestations. Throws a usage error for `shape:
 * manifest` with more than one platform.
 */
export function joinLegs(
  variant: string,
  legs: readonly ResolvedLeg[],
  target: Pick<PlannedTarget, "repository" | "shape" | "annotations">,
): Image {
  const parts = legs.flatMap(({ source, children }) =>
    children.map((descriptor) => ({ source, descriptor })),
  );
  const images = distinct(parts.filter(({ descriptor }) => !isAttestation(descriptor)));
  if (target.shape === "manifest") return onlyImage(variant, images, target.repository);
  const children = [
    ...images,
    ...distinct(parts.filter(({ descriptor }) => isAttestation(descriptor))),
  ];
  checkAttestations(variant, children);
  const annotations = sorted(target.annotations);
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: children.map(({ descriptor }) => inOrder(descriptor)),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  const bytes = Buffer.from(JSON.stringify(index));
  return { shape: "index", digest: digestOf(bytes), bytes, parts: children };
}

function onlyImage(variant: string, images: readonly Part[], repository: string): Image {
  const [part, second] = images;
  if (part === undefined || second !== undefined) {
    throw new UsageError(
      `variant ${variant} has ${count(images.length, "platform")}, but shape: manifest for ${repository} allows only one`,
      { hint: "use shape: index, or publish one platform" },
    );
  }
  return { shape: "manifest", digest: part.descriptor.digest, part };
}

/** An attestation without its image is useless, and one for another image is wrong. */
function checkAttestations(variant: string, children: readonly Part[]): void {
  const digests = new Set<string>(children.map(({ descriptor }) => descriptor.digest));
  for (const { descriptor } of children) {
    if (!isAttestation(descriptor)) continue;
    const subject = descriptor.annotations?.["vnd.docker.reference.digest"];
    if (subject !== undefined && digests.has(subject)) continue;
    throw new FormatError(
      `variant ${variant}: attestation ${descriptor.digest} describes ${subject ?? "nothing"}, which is not in the image`,
      { hint: "build the leg again with `layerkeep build --force`" },
    );
  }
}

function distinct(parts: readonly Part[]): Part[] {
  const byKey = new Map(
    parts.map((part) => [JSON.stringify(inOrder(part.descriptor)), part] as const),
  );
  return [...byKey.values()];
}

/** Sorts keys, so that the bytes do not depend on where a descriptor was read. */
function inOrder(descriptor: Descriptor): Descriptor {
  const { mediaType, digest, size, platform, annotations, artifactType } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations: sorted(annotations) }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function sorted(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const byKey = (a: [string, string], b: [string, string]): number =>
    a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
  return Object.fromEntries(Object.entries(annotations).sort(byKey));
}
