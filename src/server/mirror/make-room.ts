import type { RepositoryView, Removals } from "../collection/view.ts";
import type { Store } from "../store/store.ts";

/**
 * Removes the blobs that were not asked for the longest until the others take no more than
 * `maxBytes`. All of them can be fetched again, so manifests and tags stay.
 */
export async function makeRoom(store: Store, maxBytes: number): Promise<void> {
  await store.collect((repositories) => planRoom(repositories, maxBytes));
}

/** What has to go, the oldest first. A blob that several repositories have counts once. */
export function planRoom(
  repositories: readonly RepositoryView[],
  maxBytes: number,
): readonly Removals[] {
  const all = new Map<string, { size: number; usedAt: number }>();
  for (const { blobs } of repositories) {
    for (const { digest, size, usedAt } of blobs) {
      const known = all.get(digest)?.usedAt ?? 0;
      all.set(digest, { size, usedAt: Math.max(known, usedAt) });
    }
  }
  let bytes = [...all.values()].reduce((sum, { size }) => sum + size, 0);
  const gone = new Set<string>();
  for (const [digest, { size }] of [...all].sort(([, a], [, b]) => a.usedAt - b.usedAt)) {
    if (bytes <= maxBytes) break;
    gone.add(digest);
    bytes -= size;
  }
  if (gone.size === 0) return [];
  return repositories.map(({ name, blobs }) => ({
    repository: name,
    manifests: [],
    blobs: blobs.filter(({ digest }) => gone.has(digest)).map(({ digest }) => digest),
  }));
}
