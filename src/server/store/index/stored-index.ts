import type { Digest } from "../../../oci/digest.ts";
import type { Place } from "../journal/read-segments.ts";
import { type Change, type ManifestFacts, recordBytes } from "../journal/records.ts";
import {
  type BlobEntry,
  type Content,
  flat,
  flatDigest,
  type ManifestEntry,
  type Repository,
  tagsOf,
  type TagEntry,
} from "./index-entries.ts";
import { Contents } from "./contents.ts";
import { Referrers } from "./referrers.ts";

type PutChange = Extract<Change, { readonly at: number }>;

const unread: ManifestFacts = { mediaType: "", parts: [], subject: undefined };

/**
 * The journal's state in memory. Replaying a journal results in the same index as the original
 * changes.
 */
export class Index {
  readonly repositories = new Map<string, Repository>();
  readonly contents = new Contents();
  readonly #now: () => number;
  #sortedNames: readonly string[] | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** From here on, contents that nobody has are removed; during a replay the order may differ. */
  settle(onFreed: (content: Content) => void): void {
    for (const { manifests, tags } of this.repositories.values()) {
      for (const entry of manifests.values()) entry.tags = 0;
      for (const { digest } of tags.values()) {
        const named = manifests.get(digest);
        if (named !== undefined) named.tags += 1;
      }
    }
    this.contents.settle(onFreed);
  }

  /** Names of all repositories that were ever written to, sorted by code unit. */
  names(): readonly string[] {
    return (this.#sortedNames ??= [...this.repositories.keys()].sort());
  }

  blob(name: string, digest: Digest): BlobEntry | undefined {
    const entry = this.repositories.get(name)?.blobs.get(digest);
    return entry === undefined || entry.leaving ? undefined : entry;
  }

  manifest(name: string, digest: Digest): ManifestEntry | undefined {
    const entry = this.repositories.get(name)?.manifests.get(digest);
    return entry === undefined || entry.leaving ? undefined : entry;
  }

  /** `facts` are those of a manifest; a replay adds them at its end. */
  apply(change: Change, place: Place, facts?: ManifestFacts): void {
    switch (change.kind) {
      case "content":
        this.contents.place(change.digest, change.size, place.segment, place.offset);
        return;
      case "file":
        this.contents.place(change.digest, change.size, place.segment, -1);
        return;
      case "blob":
        this.#addBlob(this.#open(change.repository), change, place.segment);
        return;
      case "unblob":
        this.#removeBlob(this.#open(change.repository), change);
        return;
      case "manifest":
        this.#addManifest(this.#open(change.repository), change, place.segment, facts);
        return;
      case "unmanifest":
        this.#removeManifest(this.#open(change.repository), change);
        return;
      case "tag":
        this.#addTag(this.#open(change.repository), change, place.segment);
        return;
      case "untag":
        this.#removeTag(this.#open(change.repository), change);
        return;
      case "repository":
        this.#open(change.repository);
    }
  }

  /** Removes a content that is lost, whatever the journal says: nobody has it. */
  lose(content: Content): void {
    for (const repository of this.repositories.values()) {
      this.#removeBlob(repository, content);
      if (repository.manifests.has(content.digest)) repository.hasLost = true;
      this.#removeManifest(repository, content);
    }
  }

  /** Adds the facts of a manifest that was found by a replay. */
  learn(repository: Repository, entry: ManifestEntry, facts: ManifestFacts): void {
    this.#forgetReferrer(repository, entry);
    entry.facts = this.#shared(facts);
    if (facts.subject === undefined) return;
    const known = repository.referrers.get(facts.subject) ?? new Referrers();
    repository.referrers.set(facts.subject, known);
    known.add(entry.content.digest);
  }

  #open(name: string): Repository {
    const known = this.repositories.get(name);
    if (known !== undefined) return known;
    const repository: Repository = {
      name: flat(name),
      blobs: new Map(),
      manifests: new Map(),
      tags: new Map(),
      referrers: new Map(),
      hasLost: false,
      sorted: undefined,
    };
    this.repositories.set(repository.name, repository);
    this.#sortedNames = undefined;
    return repository;
  }

  #addBlob(repository: Repository, change: PutChange, segment: number): void {
    const known = repository.blobs.get(change.digest);
    if (known === undefined) {
      const content = this.contents.of(change.digest);
      content.references += 1;
      const entry: BlobEntry = {
        content,
        segment,
        writtenAt: change.at,
        usedAt: this.#now(),
        leaving: false,
      };
      repository.blobs.set(content.digest, entry);
    } else {
      this.contents.count(known.segment, -recordBytes(change));
      known.segment = segment;
    }
    this.contents.count(segment, recordBytes(change));
  }

  #removeBlob(repository: Repository, { digest }: { digest: Digest }): void {
    const entry = repository.blobs.get(digest);
    if (entry === undefined) return;
    repository.blobs.delete(digest);
    this.contents.count(
      entry.segment,
      -recordBytes({ kind: "unblob", repository: repository.name, digest }),
    );
    entry.content.references -= 1;
    this.contents.release(entry.content);
  }

  #addManifest(
    repository: Repository,
    change: PutChange,
    segment: number,
    facts: ManifestFacts | undefined,
  ): void {
    const known = repository.manifests.get(change.digest);
    if (known === undefined) {
      const content = this.contents.of(change.digest);
      content.references += 1;
      const entry: ManifestEntry = {
        content,
        segment,
        writtenAt: change.at,
        usedAt: this.#now(),
        leaving: false,
        facts: unread,
        tags: repository.hasLost ? tagsOf(repository, content.digest) : 0,
      };
      repository.manifests.set(content.digest, entry);
      if (facts !== undefined) this.learn(repository, entry, facts);
    } else {
      this.contents.count(known.segment, -recordBytes(change));
      known.segment = segment;
    }
    this.contents.count(segment, recordBytes(change));
  }

  #removeManifest(repository: Repository, { digest }: { digest: Digest }): void {
    const entry = repository.manifests.get(digest);
    if (entry === undefined) return;
    repository.manifests.delete(digest);
    this.#forgetReferrer(repository, entry);
    const record: Change = { kind: "unmanifest", repository: repository.name, digest };
    this.contents.count(entry.segment, -recordBytes(record));
    entry.content.references -= 1;
    this.contents.release(entry.content);
  }

  #forgetReferrer(repository: Repository, { facts: { subject }, content }: ManifestEntry): void {
    if (subject === undefined) return;
    const others = repository.referrers.get(subject);
    others?.delete(content.digest);
    if (others?.size === 0) repository.referrers.delete(subject);
  }

  #addTag(
    repository: Repository,
    { tag, digest }: { tag: string; digest: Digest },
    segment: number,
  ): void {
    const known = repository.tags.get(tag);
    if (known === undefined) repository.sorted = undefined;
    else this.#forgetTag(repository, tag, known);
    const named = repository.manifests.get(digest);
    if (named !== undefined) named.tags += 1;
    const entry = { digest: named?.content.digest ?? digest, segment, leaving: false };
    repository.tags.set(flat(tag), entry);
    this.contents.count(
      segment,
      recordBytes({ kind: "tag", repository: repository.name, tag, digest }),
    );
  }

  #removeTag(repository: Repository, { tag }: { tag: string }): void {
    const known = repository.tags.get(tag);
    if (known === undefined) return;
    this.#forgetTag(repository, tag, known);
    repository.tags.delete(tag);
    repository.sorted = undefined;
  }

  #forgetTag(repository: Repository, tag: string, { digest, segment }: TagEntry): void {
    const named = repository.manifests.get(digest);
    if (named !== undefined) named.tags -= 1;
    this.contents.count(
      segment,
      -recordBytes({ kind: "tag", repository: repository.name, tag, digest }),
    );
  }

  /** Known digests share one text between all that name them. */
  #shared(facts: ManifestFacts): ManifestFacts {
    const parts = facts.parts.map((part) => this.contents.get(part)?.digest ?? flatDigest(part));
    return { ...facts, parts };
  }
}
