import type { Removals } from "../collection/view.ts";
import type { BlobView, ManifestView, PlanCollection, RepositoryView } from "../collection/view.ts";
import type { BlobEntry, ManifestEntry, Repository } from "./index/index-entries.ts";
import type { Index } from "./index/stored-index.ts";
import type { Removing } from "./removing.ts";

/** What a collection deleted from one repository. */
export interface Collected extends Removals {
  /**
   * The size of the deleted manifests and blobs. What other repositories also have still takes
   * space.
   */
  readonly bytes: number;
}

/** Gives the plan a view of the store and removes what it names, while nothing can be pushed. */
export function collect(
  index: Index,
  removing: Removing,
  plan: PlanCollection,
): Promise<readonly Collected[]> {
  return removing.run(() => {
    const removals = plan(index.names().flatMap((name) => viewOf(index.repositories.get(name))));
    const collected = removals.map(({ repository, manifests, blobs }): Collected => {
      const held = index.repositories.get(repository);
      const gone = [...new Set(manifests)].filter((digest) => held?.manifests.has(digest));
      const lost = [...new Set(blobs)].filter((digest) => held?.blobs.has(digest));
      const entries = [
        ...gone.map((digest) => held?.manifests.get(digest)),
        ...lost.map((digest) => held?.blobs.get(digest)),
      ];
      const bytes = entries.reduce((sum, entry) => sum + (entry?.content.size ?? 0), 0);
      return { repository, manifests: gone, blobs: lost, bytes };
    });
    const value = collected.filter(({ manifests, blobs }) => manifests.length + blobs.length > 0);
    return { value, removals: value };
  });
}

function viewOf(repository: Repository | undefined): RepositoryView[] {
  if (repository === undefined) return [];
  const { name, tags, manifests, blobs } = repository;
  return [
    {
      name,
      tagged: new Set([...tags.values()].map(({ digest }) => digest)),
      manifests: [...manifests.values()].map((entry) => ({ ...seen(entry), ...partsOf(entry) })),
      blobs: [...blobs.values()].map(seen),
    },
  ];
}

function seen({ content: { digest, size }, usedAt, writtenAt }: BlobEntry): BlobView {
  return { digest, size, usedAt, writtenAt };
}

function partsOf({
  facts: { parts, subject },
}: ManifestEntry): Pick<ManifestView, "parts" | "subject"> {
  return { parts, subject };
}
