// Above 300 lines: one index, whose maps change together.
import type { Digest } from "../../../oci/digest.ts";
import type { Place } from "../journal/read-segments.ts";
import { type Change, type ManifestFacts, recordBytes } from "../journal/records.ts";
import {
  type BlobEntry,
  type Content,
  contentBytes,
  flat,
  flatDigest,
  type ManifestEntry,
  type Repository,
  tagsOf,
  type TagEntry,
} from "./index-entries.ts";
import { Referrers } from "./referrers.ts";

type PutChange = Extract<Change, { readonly at: number }>;

const unread: ManifestFacts = { mediaType: "", parts: [], subject: undefined };

/**
 * The journal's state in memory. Replaying a journal results in the same index as the original
 * changes.
 */
export class Index {
  readonly repositories = new Map<string, Repository>();
  readonly contents = new Map<Digest, Content>();
  /** How many bytes of each segment are still in use. */
  readonly live = new Map<number, number>();
  readonly #now: () => number;
  /** Contents that are needed by an entry that is not yet in the index. */
  readonly #pins = new Map<Digest, number>();
  #onFreed: ((content: Content) => void) | undefined;
  #sortedNames: readonly string[] | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** From here on, contents that nobody has are removed; during a replay the order may differ. */
  settle(onFreed: (content: Content) => void): void {
    this.#onFreed = onFreed;
    for (const { manifests, tags } of this.repositories.values()) {
      for (const entry of manifests.values()) entry.tags = 0;
      for (const { digest } of tags.values()) {
        const named = manifests.get(digest);
        if (named !== undefined) named.tags += 1;
      }
    }
    for (const content of [...this.contents.values()]) this.#release(content);
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

  /** Keeps a content, stored or about to be, until it is unpinned. */
  pin(digest: Digest): void {
    this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
  }

  /** False if nothing references it any more. */
  unpin(digest: Digest): boolean {
    const left = (this.#pins.get(digest) ?? 0) - 1;
    if (left > 0) {
      this.#pins.set(digest, left);
      return true;
    }
    this.#pins.delete(digest);
    const content = this.contents.get(digest);
    if (content !== undefined) this.#release(content);
    return this.contents.has(digest);
  }

  isPinned(digest: Digest): boolean {
    return this.#pins.has(digest);
  }

  /** `facts` are those of a manifest; a replay adds them at its end. */
  apply(change: Change, place: Place, facts?: ManifestFacts): void {
    switch (change.kind) {
      case "content":
        this.#place(change.digest, change.size, place.segment, place.offset);
        return;
      case "file":
        this.#place(change.digest, change.size, place.segment, -1);
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

  #place(digest: Digest, size: number, segment: number, offset: number): void {
    const content = this.#contentOf(digest);
    const isInJournal = content.segment > 0 && content.offset >= 0;
    // It may be stored both ways at once: pushed as a manifest and pushed as a blob.
    if (isInJournal && offset < 0) return;
    this.#count(content.segment, -contentBytes(content));
    if (content.segment > 0 && content.offset < 0 && offset >= 0) this.#onFreed?.({ ...content });
    content.size = size;
    content.segment = segment;
    content.offset = offset;
    this.#count(segment, contentBytes(content));
  }

  /** In a replay, a reference may come before its content: compaction rewrites contents later. */
  #contentOf(digest: Digest): Content {
    const known = this.contents.get(digest);
    if (known !== undefined) return known;
    const content: Content = {
      digest: flatDigest(digest),
      size: 0,
      segment: 0,
      offset: -1,
      references: 0,
    };
    this.contents.set(content.digest, content);
    return content;
  }

  #addBlob(repository: Repository, change: PutChange, segment: number): void {
    const known = repository.blobs.get(change.digest);
    if (known === undefined) {
      const content = this.#contentOf(change.digest);
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
      this.#count(known.segment, -recordBytes(change));
      known.segment = segment;
    }
    this.#count(segment, recordBytes(change));
  }

  #removeBlob(repository: Repository, { digest }: { digest: Digest }): void {
    const entry = repository.blobs.get(digest);
    if (entry === undefined) return;
    repository.blobs.delete(digest);
    this.#count(
      entry.segment,
      -recordBytes({ kind: "unblob", repository: repository.name, digest }),
    );
    entry.content.references -= 1;
    this.#release(entry.content);
  }

  #addManifest(
    repository: Repository,
    change: PutChange,
    segment: number,
    facts: ManifestFacts | undefined,
  ): void {
    const known = repository.manifests.get(change.digest);
    if (known === undefined) {
      const content = this.#contentOf(change.digest);
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
      this.#count(known.segment, -recordBytes(change));
      known.segment = segment;
    }
    this.#count(segment, recordBytes(change));
  }

  #removeManifest(repository: Repository, { digest }: { digest: Digest }): void {
    const entry = repository.manifests.get(digest);
    if (entry === undefined) return;
    repository.manifests.delete(digest);
    this.#forgetReferrer(repository, entry);
    const record: Change = { kind: "unmanifest", repository: repository.name, digest };
    this.#count(entry.segment, -recordBytes(record));
    entry.content.references -= 1;
    this.#release(entry.content);
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
    this.#count(segment, recordBytes({ kind: "tag", repository: repository.name, tag, digest }));
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
    this.#count(segment, -recordBytes({ kind: "tag", repository: repository.name, tag, digest }));
  }

  #release(content: Content): void {
    if (this.#onFreed === undefined || content.references > 0) return;
    if (this.#pins.has(content.digest)) return;
    this.contents.delete(content.digest);
    this.#count(content.segment, -contentBytes(content));
    this.#onFreed(content);
  }

  #count(segment: number, bytes: number): void {
    if (segment > 0) this.live.set(segment, (this.live.get(segment) ?? 0) + bytes);
  }

  /** Known digests share one text between all that name them. */
  #shared(facts: ManifestFacts): ManifestFacts {
    const parts = facts.parts.map((part) => this.contents.get(part)?.digest ?? flatDigest(part));
    return { ...facts, parts };
  }
}
