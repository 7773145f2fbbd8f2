import { randomUUID } from "node:crypto";
import { emptyContent, emptyDescriptor, renderArtifact } from "../../oci/artifact.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { Fate, Provider, Removal, Remover, Target } from "../../registry/deletion/remover.ts";
import type { Removals } from "./choose-removals.ts";

export interface RemovedTags {
  readonly deleted: readonly string[];
  /** Tags that are kept: something else needs their manifest, or they were written meanwhile. */
  readonly refused: readonly {
    readonly tag: string;
    readonly reason: string;
    readonly hint: string;
  }[];
  /** Manifests below the deleted ones. */
  readonly manifests: number;
}

/** What is used of a registry's client. */
export type RemovalClient = Pick<RegistryClient, "resolveTags" | "pushBlob" | "putManifest">;

export interface RemoveTagsOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onRemoval?: ((removal: Removal) => void) | undefined;
}

/**
 * Registries that may delete a tag only together with its manifest, and that keep untagged
 * manifests. The others delete tags alone, and do not delete by digest.
 */
const byManifest: ReadonlySet<Provider> = new Set(["oci", "ghcr"]);

/**
 * Deletes the chosen tags, then the manifests that only they led to. A tag that points at something
 * else by now is kept. The remover leaves manifests that a remaining one refers to. Throws a
 * registry error if the registry is not available; deletions up to then have been reported.
 */
export async function removeTags(
  client: RemovalClient,
  remover: Remover,
  repository: Repository,
  { chosen, children }: Pick<Removals, "chosen" | "children">,
  { signal, onRemoval }: RemoveTagsOptions = {},
): Promise<RemovedTags> {
  const now = await client.resolveTags(
    repository,
    chosen.map(({ tag }) => tag),
    { signal },
  );
  const moved = chosen.filter(({ tag, digest }) => now.has(tag) && now.get(tag)?.digest !== digest);
  const targets = chosen
    .filter((it) => !moved.includes(it))
    .flatMap(({ tag }): Target[] => [{ tag }]);
  const asked = await remover.remove(repository, targets, { signal, onRemoval });
  const shared = asked.flatMap((it) =>
    it.outcome === "refused" && it.tags.length > 0 && "tag" in it.target ? [it.target] : [],
  );
  const again =
    byManifest.has(remover.provider) && shared.length > 0
      ? await removeShared(client, remover, repository, shared, signal)
      : [];
  const settled = new Map(again.map((it) => [nameOf(it.target), it]));
  const removals = asked.map((it) => settled.get(nameOf(it.target)) ?? it);
  const standing = new Set(removals.flatMap((it) => (isStanding(it) ? [nameOf(it.target)] : [])));
  // Children are deleted only after every manifest that leads to them.
  const isAlone = standing.size === 0 && moved.length === 0;
  const below = isAlone && byManifest.has(remover.provider) ? children : [];
  const manifests = await removeChildren(remover, repository, below, signal);
  return {
    deleted: removals.flatMap((it) => (isStanding(it) ? [] : [nameOf(it.target)])),
    refused: [
      ...moved.map(({ tag }) => ({
        tag,
        reason: "it was written while the command ran",
        hint: "run the command again",
      })),
      ...removals.flatMap((it) =>
        it.outcome === "refused"
          ? [{ tag: nameOf(it.target), reason: it.reason, hint: it.hint }]
          : [],
      ),
    ],
    manifests,
  };
}

/**
 * Deletes tags whose manifest has to stay, if a tag can only be deleted with its manifest: each tag
 * is first pointed at a manifest of its own, as regclient does.
 */
async function removeShared(
  client: RemovalClient,
  remover: Remover,
  repository: Repository,
  targets: readonly { readonly tag: string }[],
  signal: AbortSignal | undefined,
): Promise<readonly Removal[]> {
  await client.pushBlob(repository, emptyDescriptor, () => emptyContent, { signal });
  for (const { tag } of targets) {
    const artifact = renderArtifact({
      artifactType: "application/vnd.layerkeep.deleted.v1+json",
      annotations: { "org.layerkeep.deleted": randomUUID() },
    });
    await client.putManifest(repository, { ...artifact, tag }, { signal });
  }
  return remover.remove(repository, targets, { signal });
}

async function removeChildren(
  remover: Remover,
  repository: Repository,
  digests: readonly Digest[],
  signal: AbortSignal | undefined,
): Promise<number> {
  if (digests.length === 0) return 0;
  const targets = digests.map((digest): Target => ({ digest }));
  const removals = await remover.remove(repository, targets, { signal });
  return removals.filter(({ outcome }) => outcome === "deleted").length;
}

function isStanding({ outcome }: Fate): boolean {
  return outcome === "refused";
}

function nameOf(target: Target): string {
  return "tag" in target ? target.tag : target.digest;
}
