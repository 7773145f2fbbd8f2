import type { Digest } from "../../oci/digest.ts";
import type { RepositoryView, Removals } from "../collection/view.ts";
import type { Store } from "../store/store.ts";

/**
 * Removes the least recently requested blobs until the rest, and those being fetched, take at most
 * `maxBytes`. All can be fetched again, so manifests and tags are kept.
 */
export async function makeRoom(
  store: Store,
  coming: ReadonlyMap<Digest, number>,
  maxBytes: number,
): Promise<void> {
  await store.collect((repositories) => planRoom(repositories, coming, maxBytes));
}

/** What to remove, the oldest first. A blob in several repositories counts once. */
export function planRoom(
  repositories: readonly RepositoryView[],
  coming: ReadonlyMap<Digest, number>,
  maxBytes: number,
): readonly Removals[] {
  const standing = new Map<Digest, { size: number; usedAt: number }>();
  for (const { digest, size, usedAt } of repositories.flatMap(({ blobs }) => blobs)) {
    if (coming.has(digest)) continue;
    const known = standing.get(digest)?.usedAt ?? 0;
    standing.set(digest, { size, usedAt: Math.max(known, usedAt) });
  }
  let bytes = sum(coming.values()) + sum([...standing.values()].map(({ size }) => size));
  const gone = new Set<Digest>();
  for (const [digest, { size }] of [...standing].sort(([, a], [, b]) => a.usedAt - b.usedAt)) {
    if (bytes <= maxBytes) break;
    gone.add(digest);
    bytes -= size;
  }
  if (gone.size === 0) return [];
  return repositories.map(({ name, blobs }) => ({
    repository: name,
    manifests: [],
    blobs: blobs.map(({ digest }) => digest).filter((digest) => gone.has(digest)),
  }));
}

function sum(sizes: Iterable<number>): number {
  return [...sizes].reduce((total, size) => total + size, 0);
}
