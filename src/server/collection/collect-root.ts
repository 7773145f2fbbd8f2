import type { Digest } from "../../oci/digest.ts";
import { LayerkeepError, messageOf, RegistryError } from "../../errors.ts";
import { lockRoot, requireUnlocked, type RootLock } from "../root/lock.ts";
import { requireRegistry } from "../root/require-registry.ts";
import type { Collected } from "../store/collect.ts";
import { openReserve, type Reserve } from "../root/reserve.ts";
import { openStore, type Store } from "../store/store.ts";
import { type CollectionPolicy, planCollection } from "./policy.ts";
import type { BlobView, ManifestView, PlanCollection, Removals, RepositoryView } from "./view.ts";

export interface CollectRootOptions {
  /** The folder of a registry that no server has open. */
  readonly root: string;
  readonly policy: CollectionPolicy;
  /**
   * Unreferenced content is kept for this many milliseconds after it was first pushed: its last use
   * is not stored. There is no lease, since no push is under way.
   */
  readonly graceMs: number;
  /** Only reports what would be deleted, and writes nothing at all. */
  readonly dryRun: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called with what was damaged, missing or set aside. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface RootCollection {
  /** What was deleted, or would be, by repository. */
  readonly collected: readonly Collected[];
  /** What would also be deleted without a grace. */
  readonly spared: { readonly manifests: number; readonly blobs: number };
}

/**
 * Collects from a registry that is not running. Throws a usage error if the folder does not exist,
 * does not belong to a registry or is in use, and a registry error if the disk fails.
 */
export async function collectRoot(options: CollectRootOptions): Promise<RootCollection> {
  const { root } = options;
  await requireRegistry(root);
  try {
    const { dryRun: readOnly, onWarning } = options;
    const reserve = readOnly ? undefined : await openReserve(root, onWarning);
    const lock = await takeRoot(options, reserve);
    try {
      const isOwner = lock?.isHeld;
      const replacesLast = lock?.tookOver;
      const store = await openStore(root, options.now, {
        readOnly,
        onWarning,
        isOwner,
        replacesLast,
        reserve,
      });
      try {
        return await collect(store, options);
      } finally {
        await store.close();
      }
    } finally {
      await lock?.release();
    }
  } catch (cause) {
    if (cause instanceof LayerkeepError) throw cause;
    throw new RegistryError({
      method: "collect",
      url: root,
      reason: messageOf(cause),
      cause,
      hint: "run the same command again to continue; the remaining data is intact",
    });
  }
}

async function collect(
  store: Store,
  { policy, graceMs, dryRun, now }: CollectRootOptions,
): Promise<RootCollection> {
  const planWith = (grace: number): PlanCollection =>
    planCollection(policy, { now, graceMs: grace, leaseMs: 0 });
  let would: readonly Collected[] = [];
  let all: readonly Removals[] = [];
  const went = await store.collect((fresh) => {
    const views = fresh.map(sincePut);
    all = planWith(0)(views);
    const removals = planWith(graceMs)(views);
    would = removals.map((one) => ({ ...one, bytes: bytesOf(views, one) }));
    return dryRun ? [] : removals;
  });
  if (!dryRun) await store.compact();
  const spared = (of: (removals: Removals) => readonly Digest[]): number =>
    sum(all, of) - sum(would, of);
  return {
    collected: dryRun ? would : went,
    spared: { manifests: spared((it) => it.manifests), blobs: spared((it) => it.blobs) },
  };
}

function sum(removals: readonly Removals[], of: (one: Removals) => readonly Digest[]): number {
  return removals.reduce((total, one) => total + of(one).length, 0);
}

/** Undefined for a dry run, which only needs that nobody writes. */
async function takeRoot(
  options: CollectRootOptions,
  reserve: Reserve | undefined,
): Promise<RootLock | undefined> {
  const { root, dryRun, onWarning } = options;
  const ifHeld =
    "stop that registry first, or have it collect automatically: layerkeep registry serve --collect untagged";
  if (!dryRun) {
    const onFull = (): boolean => reserve?.release() ?? false;
    return await lockRoot(root, { onWarning, onFull, ifHeld });
  }
  await requireUnlocked(root, { onWarning, ifHeld });
  return undefined;
}

/** Counts from the first push: a store that was just opened would treat everything as just used. */
function sincePut(view: RepositoryView): RepositoryView {
  return {
    ...view,
    manifests: view.manifests.map(asWritten),
    blobs: view.blobs.map(asWritten),
  };
}

function asWritten<T extends ManifestView | BlobView>(entry: T): T {
  return { ...entry, usedAt: entry.writtenAt };
}

function bytesOf(
  views: readonly RepositoryView[],
  { repository, manifests, blobs }: Removals,
): number {
  const view = views.find(({ name }) => name === repository);
  const [manifestSet, blobSet] = [new Set(manifests), new Set(blobs)];
  return [
    ...(view?.manifests ?? []).filter(({ digest }) => manifestSet.has(digest)),
    ...(view?.blobs ?? []).filter(({ digest }) => blobSet.has(digest)),
  ].reduce((sum, { size }) => sum + size, 0);
}
