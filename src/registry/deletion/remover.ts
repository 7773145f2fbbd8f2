import { UsageError } from "../../errors.ts";
import { harmlessLine } from "../../harmless.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { type Repository, tagPattern } from "../../oci/reference.ts";

export type Provider = "oci" | "quay" | "ghcr" | "docker-hub" | "ecr";

/** A tag, or a manifest by its digest. */
export type Target = { readonly tag: string } | { readonly digest: Digest };

/** The outcome for one target of a deletion. */
export type Fate =
  /** It was deleted, and nothing else that was not to be deleted. */
  | { readonly outcome: "deleted" }
  /** It did not exist. Also if it was deleted, but the answer was lost on the way. */
  | { readonly outcome: "absent" }
  /**
   * It exists: deleting it would delete or break something that must stay, or the registry refuses.
   */
  | {
      readonly outcome: "refused";
      readonly reason: string;
      readonly hint: string;
      /** Tags that it would have deleted, or that contain it. */
      readonly tags: readonly string[];
    };

export type Removal = { readonly target: Target } & Fate;

export interface RemoveOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Called for each removal as soon as it is settled, so that finished ones are known if a later
   * one fails.
   */
  readonly onRemoval?: ((removal: Removal) => void) | undefined;
}

/**
 * Deletes tags and manifests in the way of one kind of registry. One remover serves all
 * repositories of its host, so that they share its rate limit.
 */
export interface Remover {
  readonly provider: Provider;
  /**
   * Deletes the given targets, and nothing else: a manifest only if each of its tags is to be
   * deleted as well, and no index that stays contains it. Returns one removal for each target, in
   * order. Throws a usage error for an invalid tag or digest, and a registry or format error if the
   * registry fails or cannot be read: then nothing more is deleted.
   */
  remove(
    repository: Repository,
    targets: readonly Target[],
    o?: RemoveOptions,
  ): Promise<readonly Removal[]>;
  /**
   * Sets the time at which a tag expires, or keeps it forever if none is given. False if the tag
   * does not exist. Not defined if the registry does not support it.
   */
  expireTag?(
    repository: Repository,
    tag: string,
    at: Date | undefined,
    o?: { readonly signal?: AbortSignal | undefined },
  ): Promise<boolean>;
}

export const deleted: Fate = { outcome: "deleted" };
export const absent: Fate = { outcome: "absent" };

export function refused(reason: string, hint: string, tags: readonly string[] = []): Fate {
  return { outcome: "refused", reason, hint, tags };
}

/** The refusal if tags that stay name the same manifest. */
export function refusedForTags(digest: Digest, staying: readonly string[], how: string): Fate {
  const name = staying.length === 1 ? "points to" : "point to";
  return refused(
    `${how}: ${shortList(staying)} also ${name} ${digest}`,
    "delete all tags of the manifest together, or keep it",
    staying,
  );
}

/** The refusal if an index that stays contains the manifest. */
export function refusedForIndex(digest: Digest, holders: readonly string[]): Fate {
  return refused(
    `deleting ${digest} would break the index at ${shortList(holders)}`,
    "delete the index as well, or keep both",
    holders,
  );
}

/** The targets of a deletion, each once, and their outcomes. */
export class Ledger {
  readonly targets: readonly Target[];
  readonly tags: ReadonlySet<string>;
  readonly digests: ReadonlySet<Digest>;
  readonly #fates = new Map<string, Fate>();
  readonly #onRemoval: RemoveOptions["onRemoval"];

  /** Throws a usage error for an invalid tag or digest: both become part of a URL. */
  constructor(targets: readonly Target[], o: RemoveOptions) {
    for (const target of targets) checkTarget(target);
    this.targets = targets;
    this.#onRemoval = o.onRemoval;
    this.tags = new Set(targets.flatMap((target) => ("tag" in target ? [target.tag] : [])));
    this.digests = new Set(targets.flatMap((t) => ("digest" in t ? [t.digest] : [])));
  }

  settle(target: Target, fate: Fate): void {
    const key = keyOf(target);
    if (this.#fates.has(key) || !this.#asked(target)) return;
    this.#fates.set(key, fate);
    this.#onRemoval?.({ target, ...fate });
  }

  /** Settles a manifest, for its digest and those of its tags that are targets. */
  settleManifest(digest: Digest, tags: readonly string[], fate: Fate): void {
    this.settle({ digest }, fate);
    for (const tag of tags) this.settle({ tag }, fate);
  }

  fateOf(target: Target): Fate | undefined {
    return this.#fates.get(keyOf(target));
  }

  /** Those of these tags that stay. */
  staying(tags: readonly string[]): readonly string[] {
    return tags.filter((tag) => !this.tags.has(tag));
  }

  /** One for each target, in order. A target without an outcome did not exist. */
  removals(): readonly Removal[] {
    return this.targets.map((target) => {
      this.settle(target, absent);
      return { target, ...(this.fateOf(target) ?? absent) };
    });
  }

  #asked(target: Target): boolean {
    return "tag" in target ? this.tags.has(target.tag) : this.digests.has(target.digest);
  }
}

/** At most five names, as safe text. */
function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(harmlessLine).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** Throws a usage error for an invalid tag. */
export function checkTag(tag: string): void {
  if (tagPattern.test(tag)) return;
  throw new UsageError(`"${tag}" is not a tag`, {
    hint: "use up to 128 letters, digits, _, . and -",
  });
}

function checkTarget(target: Target): void {
  if ("tag" in target) checkTag(target.tag);
  else if (!isDigest(target.digest)) {
    throw new UsageError(`"${String(target.digest)}" is not a digest`, {
      hint: "use sha256: followed by 64 lowercase hexadecimal digits",
    });
  }
}

function keyOf(target: Target): string {
  return "tag" in target ? target.tag : target.digest;
}
