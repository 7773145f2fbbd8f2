import { UsageError } from "../../errors.ts";
import { harmlessLine } from "../../harmless.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { type Repository, tagPattern } from "../../oci/reference.ts";

export type Provider = "oci" | "quay" | "ghcr" | "docker-hub" | "ecr";

/** A tag, or a manifest by its digest. */
export type Target = { readonly tag: string } | { readonly digest: Digest };

/** What became of something that was to be deleted. */
export type Fate =
  /** It is gone, and nothing went along that was not to be deleted as well. */
  | { readonly outcome: "deleted" }
  /** There was none. Also where it was deleted, but the answer that said so was lost on its way. */
  | { readonly outcome: "absent" }
  /** It exists: deleting it would take along what has to stay, or the registry will not. */
  | {
      readonly outcome: "refused";
      readonly reason: string;
      readonly hint: string;
      /** Tags that it would have taken along, or that hold it. */
      readonly tags: readonly string[];
    };

export type Removal = { readonly target: Target } & Fate;

export interface RemoveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each removal as soon as it is settled: what was done stays known where a later one fails. */
  readonly onRemoval?: ((removal: Removal) => void) | undefined;
}

/**
 * Deletes tags and manifests in the way that one kind of registry offers. One remover serves all
 * repositories of its host, so that its pace holds for them together.
 */
export interface Remover {
  readonly provider: Provider;
  /**
   * Deletes what is named, and nothing else: a manifest goes only where each tag that names it is
   * to go as well, and no index that stays holds it. Gives one removal for each target, in their
   * order. Throws a usage error for what is no tag or digest, and a registry or format error where
   * the registry does not serve or cannot be read: then nothing more is deleted.
   */
  remove(
    repository: Repository,
    targets: readonly Target[],
    o?: RemoveOptions,
  ): Promise<readonly Removal[]>;
  /**
   * Lets a tag go by itself at a time to come, or keeps it for ever where none is given. False:
   * there is no such tag. Only where the registry can do that.
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

/** Refused since tags that are to stay name the same manifest. */
export function refusedForTags(digest: Digest, staying: readonly string[], how: string): Fate {
  const name = staying.length === 1 ? "names" : "name";
  return refused(
    `${how}: ${shortList(staying)} ${name} ${digest} too`,
    "delete all tags of the manifest together, or keep it",
    staying,
  );
}

/** Refused since an index that is to stay holds the manifest. */
export function refusedForIndex(digest: Digest, holders: readonly string[]): Fate {
  return refused(
    `${shortList(holders)} would be broken: the index there holds ${digest}`,
    "delete the index together with it, or keep it",
    holders,
  );
}

/** What was asked for, each once, and the fates that it meets. */
export class Ledger {
  readonly targets: readonly Target[];
  readonly tags: ReadonlySet<string>;
  readonly digests: ReadonlySet<Digest>;
  readonly #fates = new Map<string, Fate>();
  readonly #onRemoval: RemoveOptions["onRemoval"];

  /** Throws a usage error for what is no tag or digest: both become part of a URL. */
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

  /** The fate of a manifest, shared by its digest and those of its tags that were asked for. */
  settleManifest(digest: Digest, tags: readonly string[], fate: Fate): void {
    this.settle({ digest }, fate);
    for (const tag of tags) this.settle({ tag }, fate);
  }

  fateOf(target: Target): Fate | undefined {
    return this.#fates.get(keyOf(target));
  }

  /** Of these tags the ones that are to stay. */
  staying(tags: readonly string[]): readonly string[] {
    return tags.filter((tag) => !this.tags.has(tag));
  }

  /** One for each target, in their order. What met no fate was not there. */
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

/** At most five by name, as text that can be shown. */
function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(harmlessLine).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** Throws a usage error for what is no tag. */
export function checkTag(tag: string): void {
  if (tagPattern.test(tag)) return;
  throw new UsageError(`"${tag}" is not a tag`, {
    hint: "a tag has up to 128 letters, digits, _ . and -",
  });
}

function checkTarget(target: Target): void {
  if ("tag" in target) checkTag(target.tag);
  else if (!isDigest(target.digest)) {
    throw new UsageError(`"${String(target.digest)}" is not a digest`, {
      hint: "a digest is sha256: and 64 lower-case hexadecimal digits",
    });
  }
}

function keyOf(target: Target): string {
  return "tag" in target ? target.tag : target.digest;
}
