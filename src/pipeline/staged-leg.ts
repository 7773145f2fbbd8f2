import { type Descriptor, isAttestation } from "../oci/manifest.ts";
import { parseReference } from "../oci/reference.ts";
import type { PlannedLeg } from "../plan/plan.ts";
import type { FetchedManifest, RegistryClient } from "../registry/client.ts";

/** The annotation that carries a leg's whole input digest. */
export const inputAnnotation = "org.layerkeep.input";

export type StagedLeg =
  | { readonly state: "whole"; readonly manifest: FetchedManifest }
  | { readonly state: "missing" }
  /** The tag stands, but not with what it should hold. */
  | { readonly state: "unusable"; readonly why: string };

/** Looks a leg up under a tag, and looks whether all that it refers to is there. */
export async function findStagedLeg(
  client: RegistryClient,
  leg: PlannedLeg,
  tag: string,
  signal?: AbortSignal,
): Promise<StagedLeg> {
  const reference = parseReference(tag);
  const manifest = await client.getManifest(reference, { signal });
  if (manifest === undefined) return { state: "missing" };
  const input = manifest.manifest.content.annotations?.[inputAnnotation];
  if (input !== leg.input.digest) {
    const why =
      input === undefined ? "carries no input digest" : `was built from other inputs, ${input}`;
    return { state: "unusable", why: `${tag} ${why}` };
  }
  const children = manifest.manifest.kind === "index" ? manifest.manifest.content.manifests : [];
  const heads = await Promise.all(
    children.map(({ digest }) =>
      client.headManifest({ ...withoutTag(reference), digest }, { signal }),
    ),
  );
  const gone = children.filter((_, index) => heads[index] === undefined);
  if (gone.length > 0)
    return { state: "unusable", why: `${tag} lacks ${gone.map((g) => g.digest).join(", ")}` };
  return { state: "whole", manifest };
}

/** Bytes of a staged leg's image: its config and layers, attestations aside. */
export async function imageSize(
  client: RegistryClient,
  tag: string,
  staged: FetchedManifest,
  signal?: AbortSignal,
): Promise<number> {
  const { manifest } = staged;
  if (manifest.kind === "manifest")
    return sum([manifest.content.config, ...manifest.content.layers]);
  const images = manifest.content.manifests.filter((child) => !isAttestation(child));
  const repository = withoutTag(parseReference(tag));
  const sizes = await Promise.all(
    images.map(async ({ digest }) => {
      const child = await client.getManifest({ ...repository, digest }, { signal });
      if (child?.manifest.kind !== "manifest") return 0;
      return sum([child.manifest.content.config, ...child.manifest.content.layers]);
    }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

function withoutTag({ host, path }: { host: string; path: string }): {
  host: string;
  path: string;
} {
  return { host, path };
}

function sum(descriptors: readonly Descriptor[]): number {
  return descriptors.reduce((total, { size }) => total + size, 0);
}
