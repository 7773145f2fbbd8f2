import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../oci/reference.ts";
import { type Copier, GoneError } from "../../registry/copier.ts";
import { storedParts } from "../../registry/parts.ts";
import type { ResolvedLeg } from "../stage/resolve-leg.ts";
import { notWhole } from "../stage/staged-leg-error.ts";
import type { PublishRun } from "./tags.ts";

/** The error for content that the cache repository has lost: names the legs to build again. */
export async function namingLegs(
  { copier, options: { signal } }: PublishRun,
  legs: readonly ResolvedLeg[],
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof GoneError)) return error;
  const broken = await legsWith(copier, legs, error.digest, signal);
  return broken.length === 0 ? error : notWhole(broken, error.message, error);
}

/**
 * Throws a `GoneError` if a blob of a manifest is missing. Publishing within one repository copies
 * nothing, so it would not notice.
 */
export async function requireBlobs(
  { client, copier, options: { signal } }: PublishRun,
  source: Repository,
  digest: Digest,
): Promise<void> {
  const { manifest } = await copier.manifest(source, digest, signal);
  const { blobs } = storedParts(manifest);
  const found = await Promise.all(
    blobs.map((blob) => client.headBlob(source, blob.digest, { signal })),
  );
  const gone = blobs.find((_, index) => found[index] === undefined);
  if (gone !== undefined) throw new GoneError(source, gone.digest, "blob");
}

/** The legs that a manifest or blob of the cache repository belongs to. */
async function legsWith(
  copier: Copier,
  legs: readonly ResolvedLeg[],
  digest: Digest,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const holds = async ({ source, children }: ResolvedLeg): Promise<boolean> => {
    const held = children.map(async (child) => {
      if (child.digest === digest) return true;
      const { manifest } = await copier.manifest(source, child.digest, signal);
      return storedParts(manifest).blobs.some((blob) => blob.digest === digest);
    });
    const results = await Promise.allSettled(held);
    return results.some((result) => result.status === "fulfilled" && result.value);
  };
  const held = await Promise.all(legs.map(holds));
  return legs.filter((_, index) => held[index]).map(({ id }) => id);
}
