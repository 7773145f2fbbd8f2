import { changedAdditions, formatAdditions, parseAdditions } from "../../inputs/additions.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, isAttestation } from "../../oci/manifest.ts";
import { formatReference, type Reference, type Repository } from "../../oci/reference.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { FetchedManifest, RegistryClient } from "../../registry/client.ts";

/** The annotation that carries a leg's whole input digest. */
export const inputAnnotation = "org.layerkeep.input";
/** The annotation that carries a leg's additions to its baselines, if there are any. */
const additionsAnnotation = "org.layerkeep.additions";

/** The annotations of an image that is staged. */
export function stagedAnnotations({ input }: PlannedLeg): Readonly<Record<string, string>> {
  const { digest, additions } = input;
  return {
    [inputAnnotation]: digest,
    ...(additions === undefined ? {} : { [additionsAnnotation]: formatAdditions(additions) }),
  };
}

export type StagedLeg =
  | { readonly state: "whole"; readonly manifest: FetchedManifest }
  /** Whole, but built with additions to a baseline that changed since, or were deleted. */
  | {
      readonly state: "outdated";
      readonly manifest: FetchedManifest;
      readonly changed: readonly string[];
    }
  | { readonly state: "missing" }
  /** The tag exists, but its content is wrong. `digest` is what it points at. */
  | { readonly state: "unusable"; readonly digest: Digest; readonly why: string };

/**
 * Looks a leg up under a tag. It is `whole` or `outdated` only if the tag's manifest has the leg's
 * full input digest, and the registry has every manifest that it refers to. Blobs are not checked.
 */
export async function findStagedLeg(
  client: RegistryClient,
  leg: PlannedLeg,
  staged: Reference,
  signal?: AbortSignal,
): Promise<StagedLeg> {
  const manifest = await client.getManifest(staged, { signal });
  if (manifest === undefined) return { state: "missing" };
  const { digest } = manifest.descriptor;
  const unusable = (why: string): StagedLeg => ({
    state: "unusable",
    digest,
    why: `${formatReference(staged)} ${why}`,
  });
  const annotations = manifest.manifest.content.annotations ?? {};
  const { [inputAnnotation]: input, [additionsAnnotation]: additions = "{}" } = annotations;
  if (input === undefined) return unusable("has no input digest");
  if (input !== leg.input.digest) {
    return unusable(
      `was built from different inputs (${input}) than planned (${leg.input.digest})`,
    );
  }
  const children = manifest.manifest.kind === "index" ? manifest.manifest.content.manifests : [];
  const { host, path } = staged;
  const heads = await Promise.all(
    children.map(({ digest }) => client.headManifest({ host, path, digest }, { signal })),
  );
  const gone = children.filter((_, index) => heads[index] === undefined);
  if (gone.length > 0)
    return unusable(`is missing ${gone.map((child) => child.digest).join(", ")}`);
  const changed = changedAdditions(parseAdditions(additions), leg.input.additions);
  return changed.length === 0
    ? { state: "whole", manifest }
    : { state: "outdated", manifest, changed };
}

/** Bytes of a staged leg's image: its config and layers, without attestations. */
export async function imageSize(
  client: RegistryClient,
  { host, path }: Repository,
  staged: FetchedManifest,
  signal?: AbortSignal,
): Promise<number> {
  const { manifest } = staged;
  if (manifest.kind === "manifest")
    return sum([manifest.content.config, ...manifest.content.layers]);
  const images = manifest.content.manifests.filter((child) => !isAttestation(child));
  const sizes = await Promise.all(
    images.map(async ({ digest }) => {
      const child = await client.getManifest({ host, path, digest }, { signal });
      if (child?.manifest.kind !== "manifest") return 0;
      return sum([child.manifest.content.config, ...child.manifest.content.layers]);
    }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

function sum(descriptors: readonly Descriptor[]): number {
  return descriptors.reduce((total, { size }) => total + size, 0);
}
