import type { Digest } from "../../oci/digest.ts";
import type { BlobView, ManifestView, PlanCollection, Removals, RepositoryView } from "./view.ts";

/** The policies for automatic deletion; see `planCollection`. */
export type CollectionPolicy = "none" | "untagged" | "per-repository";

export interface CollectionTimes {
  /** Milliseconds, on the same clock as `usedAt`. Read when a plan is made. */
  readonly now: () => number;
  /** Unreferenced content is kept for this many milliseconds after its last use. */
  readonly graceMs: number;
  /**
   * Content is kept for this many milliseconds after its last use, referenced or not, with
   * everything it refers to, its subject included: a client may be about to push what refers to it.
   */
  readonly leaseMs: number;
}

/**
 * How a policy decides what is deleted:
 *
 * - `none`: nothing is.
 * - `untagged`: manifests without a tag in any repository, after their grace.
 * - `per-repository`: the same, and a tag counts only in its own repository, as in Quay.
 *
 * A kept manifest keeps all that it refers to in its repository, at any depth, and its
 * referrers; a referrer is deleted with its subject, whatever its grace, unless tagged. Blobs are
 * deleted after their grace if no kept manifest of the repository refers to them. A store
 * with a manifest that cannot be read does not open, so there is none here.
 */
export function planCollection(policy: CollectionPolicy, times: CollectionTimes): PlanCollection {
  if (policy === "none") return () => [];
  return (repositories) => {
    const at = agesAt(times);
    const tagged = new Set(repositories.flatMap((view) => [...view.tagged]));
    return repositories
      .map((view) => planRepository(view, policy === "untagged" ? tagged : view.tagged, at))
      .filter(({ manifests, blobs }) => manifests.length + blobs.length > 0);
  };
}

interface Ages {
  readonly leased: (entry: ManifestView | BlobView) => boolean;
  /** Whether it is within the grace or the lease. */
  readonly young: (entry: ManifestView | BlobView) => boolean;
}

function agesAt({ now, graceMs, leaseMs }: CollectionTimes): Ages {
  const time = now();
  // If the clock was set back, everything is young; if the span is 0, nothing is.
  const within =
    (span: number) =>
    ({ usedAt }: ManifestView | BlobView): boolean =>
      span > 0 && time - usedAt < span;
  return { leased: within(leaseMs), young: within(Math.max(leaseMs, graceMs)) };
}

function planRepository(view: RepositoryView, tagged: ReadonlySet<Digest>, at: Ages): Removals {
  const { name, manifests, blobs } = view;
  const kept = keep(manifests, rootsOf(manifests, tagged, at));
  return {
    repository: name,
    manifests: manifests.map(digestOf).filter((digest) => !kept.has(digest)),
    blobs: blobs.filter((blob) => !kept.has(blob.digest) && !at.young(blob)).map(digestOf),
  };
}

/** Manifests that are kept for their own sake. */
function rootsOf(
  manifests: readonly ManifestView[],
  tagged: ReadonlySet<Digest>,
  at: Ages,
): Set<Digest> {
  const byDigest = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const roots = new Set<Digest>();
  const leased = new Set<Digest>();
  for (const manifest of manifests) {
    const { digest, subject } = manifest;
    // A subject may be pushed after its referrer, or never: then the referrer has its own grace.
    const alone = subject === undefined || !byDigest.has(subject);
    if (tagged.has(digest) || (alone && at.young(manifest))) roots.add(digest);
    if (!at.leased(manifest)) continue;
    let up: Digest | undefined = digest;
    while (up !== undefined && !leased.has(up)) {
      leased.add(up);
      up = byDigest.get(up)?.subject;
    }
  }
  return new Set([...roots, ...leased]);
}

/** The roots, what they refer to at any depth, and the referrers of all that. */
function keep(manifests: readonly ManifestView[], roots: ReadonlySet<Digest>): Set<Digest> {
  const next = new Map<Digest, Digest[]>();
  const hold = (holder: Digest, held: readonly Digest[]): void => {
    const list = next.get(holder);
    if (list === undefined) next.set(holder, [...held]);
    else list.push(...held);
  };
  for (const { digest, parts, subject } of manifests) {
    hold(digest, parts);
    if (subject !== undefined) hold(subject, [digest]);
  }
  const kept = new Set<Digest>(roots);
  // Iterating a set includes entries that are added meanwhile, each once, so this terminates.
  for (const digest of kept) for (const held of next.get(digest) ?? []) kept.add(held);
  return kept;
}

function digestOf({ digest }: { readonly digest: Digest }): Digest {
  return digest;
}
