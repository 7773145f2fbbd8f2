import { FormatError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { formatRepository, type Repository, sameRepository } from "../oci/reference.ts";
import type { RegistryClient } from "./client.ts";
import type { Copier, CopyOptions } from "./copier.ts";
import { GoneError } from "./gone.ts";
import { storedParts } from "./parts.ts";

/** An image has a handful of signatures and reports; far more is a mistake, or an attack. */
const maxManifests = 2000;
const maxDepth = 8;

/**
 * Copies the referrers of a copied manifest and of those below it, and their referrers in turn. A
 * target without a list of referrers gets the fallback tags. Returns how many were copied. Throws a
 * format error past 2,000 manifests or 8 steps from the image.
 */
export async function copyReferrers(
  client: RegistryClient,
  copier: Copier,
  source: Repository & { readonly digest: Digest },
  target: Repository,
  o: CopyOptions = {},
): Promise<number> {
  if (sameRepository(source, target)) return 0;
  const { signal } = o;
  const seen = new Set<Digest>();
  let copied = 0;
  let level: readonly Digest[] = await below([source.digest]);
  for (let depth = 1; level.length > 0; depth++) {
    const lists = await Promise.all(
      level.map((digest) => client.listReferrers(source, digest, { signal })),
    );
    const listed = [...new Set(lists.flat().map(({ digest }) => digest))].filter(
      (digest) => !seen.has(digest),
    );
    if (listed.length > 0 && depth > maxDepth) throw endless(source);
    if (seen.size + listed.length > maxManifests) throw endless(source);
    const referrers = (await Promise.all(listed.map(copyOne))).flat();
    copied += referrers.length;
    level = await below(referrers);
  }
  return copied;

  /** The list may name deleted manifests. */
  async function copyOne(digest: Digest): Promise<Digest[]> {
    try {
      await copier.tree(source, digest, target, o);
      return [digest];
    } catch (error) {
      if (!(error instanceof GoneError) || error.digest !== digest) throw error;
      o.onMissingReferrer?.(digest);
      return [];
    }
  }

  /** These manifests and all below them, without those seen before. */
  async function below(digests: readonly Digest[]): Promise<Digest[]> {
    const found: Digest[] = [];
    let next = digests.filter((digest) => !seen.has(digest));
    while (next.length > 0) {
      for (const digest of next) seen.add(digest);
      found.push(...next);
      if (seen.size > maxManifests) throw endless(source);
      const manifests = await Promise.all(
        next.map((digest) => copier.manifest(source, digest, signal)),
      );
      const children = manifests.flatMap(({ manifest }) => storedParts(manifest).manifests);
      next = [...new Set(children.map(({ digest }) => digest))].filter((d) => !seen.has(d));
    }
    return found;
  }
}

function endless(source: Repository & { readonly digest: Digest }): FormatError {
  return new FormatError(
    `${formatRepository(source)}@${source.digest} has too many referrers to copy`,
    {
      hint: `copy without referrers, or delete unneeded ones: the limit is ${maxManifests} manifests, ${maxDepth} levels deep`,
    },
  );
}
