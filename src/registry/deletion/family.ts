import { FormatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, referredBy } from "../../oci/manifest.ts";
import { isIndexType } from "../../oci/media-types.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { createLimit } from "../transport/pace/limit.ts";
import { getManifest } from "../manifests/manifests.ts";
import type { Transport } from "../transport/transport.ts";
import { type Fate, refusedForIndex } from "./remover.ts";

/** A manifest in the repository, and the tags that name it. */
export interface Named {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Undefined if it is not known without reading. */
  readonly mediaType?: string | undefined;
}

/** Concurrent reads. */
const readers = 8;
/** A limit for a registry that returns ever new indexes. */
const maxReads = 50_000;

/**
 * Deletes manifests one after the other, an index before its children. Keeps every manifest in an
 * index that stays: one of `kept`, or one that `destroy` could not delete. All indexes are read
 * before anything is deleted; if one cannot be read, nothing is deleted.
 */
export async function removeManifests(options: {
  readonly transport: Transport;
  readonly repository: Repository;
  readonly doomed: readonly Named[];
  readonly kept: readonly Named[];
  readonly destroy: (manifest: Named) => Promise<Fate>;
  readonly onFate: (manifest: Named, fate: Fate) => void;
  readonly signal: AbortSignal | undefined;
}): Promise<void> {
  const { doomed, kept, destroy, onFate } = options;
  const family = new Family(options.transport, options.repository, options.signal);
  const held = new Map<Digest, readonly string[]>();
  const limit = createLimit(readers);
  const staying = new Set(kept);
  const all = doomed.length === 0 ? [] : [...kept, ...doomed];
  const below = new Map(
    await Promise.all(
      all.map(async (one) => {
        const needed = staying.has(one);
        return [one.digest, await limit(() => family.below(one, needed))] as const;
      }),
    ),
  );
  const hold = (holder: Named): void => {
    const names = holder.tags.length > 0 ? holder.tags : [holder.digest];
    for (const digest of below.get(holder.digest) ?? []) {
      held.set(digest, [...(held.get(digest) ?? []), ...names]);
    }
  };
  for (const one of kept) hold(one);
  // A manifest above another has more below it.
  const size = ({ digest }: Named): number => below.get(digest)?.size ?? 0;
  for (const one of [...doomed].sort((a, b) => size(b) - size(a))) {
    const holders = held.get(one.digest);
    const fate = holders === undefined ? await destroy(one) : refusedForIndex(one.digest, holders);
    if (fate.outcome === "refused") hold(one);
    onFate(one, fate);
  }
}

/** The children of indexes, each read once. */
class Family {
  readonly #transport: Transport;
  readonly #repository: Repository;
  readonly #signal: AbortSignal | undefined;
  readonly #children = new Map<Digest, Promise<readonly Descriptor[] | undefined>>();

  constructor(transport: Transport, repository: Repository, signal: AbortSignal | undefined) {
    this.#transport = transport;
    this.#repository = repository;
    this.#signal = signal;
  }

  /** All manifests below a manifest. Throws if a needed one is missing. */
  async below({ digest, mediaType }: Named, needed: boolean): Promise<ReadonlySet<Digest>> {
    if (mediaType !== undefined && !isIndexType(mediaType)) return new Set();
    const found = new Set<Digest>();
    let row = await this.#childrenOf(digest, needed, found);
    while (row.length > 0) {
      const rows = await Promise.all(row.map((child) => this.#childrenOf(child, false, found)));
      row = rows.flat();
    }
    return found;
  }

  /** Adds the children to `found`; returns those that are indexes themselves. */
  async #childrenOf(
    digest: Digest,
    needed: boolean,
    found: Set<Digest>,
  ): Promise<readonly Digest[]> {
    const children = await this.#read(digest);
    if (children === undefined) {
      // A missing manifest has no children. But the ones to keep were listed, so they have to be
      // readable.
      if (!needed) return [];
      throw new FormatError(
        `nothing was deleted: ${formatRepository(this.#repository)}@${digest} is listed but cannot be read, so its children are unknown`,
        { hint: "check that the registry credentials can read the repository" },
      );
    }
    const indexes: Digest[] = [];
    for (const child of children) {
      if (isIndexType(child.mediaType) && !found.has(child.digest)) indexes.push(child.digest);
      found.add(child.digest);
    }
    return indexes;
  }

  /** Undefined if the manifest does not exist. */
  #read(digest: Digest): Promise<readonly Descriptor[] | undefined> {
    const known = this.#children.get(digest);
    if (known !== undefined) return known;
    if (this.#children.size >= maxReads) {
      throw new FormatError(
        `nothing was deleted: ${formatRepository(this.#repository)} has too many indexes to read`,
        { hint: `delete by tag instead of by digest: the limit is ${maxReads} manifests` },
      );
    }
    const reference = { ...this.#repository, digest };
    const read = getManifest(this.#transport, reference, this.#signal).then((fetched) =>
      fetched === undefined ? undefined : referredBy(fetched.manifest).manifests,
    );
    this.#children.set(digest, read);
    return read;
  }
}
