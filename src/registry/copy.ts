import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { Repository } from "../oci/reference.ts";
import type { RegistryClient } from "./client.ts";
import { type CopiedBlob, Copier, type CopyOptions } from "./copier.ts";
import { copyReferrers } from "./copy-referrers.ts";

/**
 * Copies one manifest or index with everything below it, and optionally its referrers. The
 * descriptor is the same in every repository.
 */
export async function copyManifestTree(
  client: RegistryClient,
  source: Repository & { readonly digest: Digest },
  target: Repository,
  o: CopyOptions = {},
): Promise<Descriptor> {
  const copier = new Copier(client);
  const copied = await copier.tree(source, source.digest, target, o);
  if (o.referrers === true) await copyReferrers(client, copier, source, target, o);
  return copied;
}

/** Copies one blob. */
export function copyBlob(
  client: RegistryClient,
  source: Repository,
  descriptor: Descriptor,
  target: Repository,
  o: CopyOptions = {},
): Promise<CopiedBlob> {
  return new Copier(client).blob(source, descriptor, target, o);
}
