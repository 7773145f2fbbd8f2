import type { Digest } from "../../oci/digest.ts";
import { type Manifest, referredBy } from "../../oci/manifest.ts";
import type { ContentCache } from "./content-cache.ts";
import type { Index, ManifestEntry } from "./index.ts";
import type { Entry, Journal } from "./journal.ts";
import type { ManifestFacts } from "./records.ts";
import type { Removing } from "./removing.ts";

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface NewManifest extends StoredManifest {
  readonly content: Manifest;
  readonly tag?: string | undefined;
}

interface Parts {
  readonly index: Index;
  readonly journal: Journal;
  readonly cache: ContentCache;
  readonly removing: Removing;
  readonly now: () => number;
  /** What leases are counted by. */
  readonly steady: () => number;
}

/** The manifests, tags and referrers of all repositories. */
export class ManifestStore {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The manifest where the repository has it. Who asks counts as one who uses it. */
  find(name: string, digest: Digest): StoredManifest | undefined {
    const { index, steady } = this.#parts;
    const entry = index.manifest(name, digest);
    if (entry === undefined) return undefined;
    entry.usedAt = steady();
    return this.#read(entry);
  }

  /** Whether the repository has it, without reading it. */
  has(name: string, digest: Digest): boolean {
    const { index, steady } = this.#parts;
    const entry = index.manifest(name, digest);
    if (entry !== undefined) entry.usedAt = steady();
    return entry !== undefined;
  }

  /** What a tag names now. */
  resolve(name: string, tag: string): Digest | undefined {
    const entry = this.#parts.index.repositories.get(name)?.tags.get(tag);
    return entry?.leaving === false ? entry.digest : undefined;
  }

  /**
   * Stores a manifest and moves the tag to it, durably and in one step. `check` runs in the same
   * step as the decision to write: nothing can be removed in between. It throws where something
   * is missing.
   */
  async put(name: string, manifest: NewManifest, check: () => void): Promise<void> {
    const { index, journal, steady } = this.#parts;
    while (journal.held !== undefined) await journal.held;
    check();
    const { digest, tag } = manifest;
    const entries: Entry[] = [];
    const known = index.manifest(name, digest);
    if (known === undefined) entries.push(...this.#entriesOf(name, manifest));
    else known.usedAt = steady();
    if (tag !== undefined && this.resolve(name, tag) !== digest) {
      entries.push({ change: { kind: "tag", repository: name, tag, digest } });
    }
    if (entries.length === 0) return;
    index.pin(digest);
    try {
      await journal.append(entries);
    } finally {
      index.unpin(digest);
    }
  }

  /** Removes a manifest and all tags that name it. False where it was not there. */
  async remove(name: string, digest: Digest): Promise<boolean> {
    return this.#parts.removing.run(() => {
      const isThere = this.#parts.index.manifest(name, digest) !== undefined;
      if (!isThere) return { value: false, removals: [] };
      return { value: true, removals: [{ repository: name, manifests: [digest], blobs: [] }] };
    });
  }

  /** Removes a tag and leaves the manifest. False where it was not there. */
  async removeTag(name: string, tag: string): Promise<boolean> {
    return this.#parts.removing.run(() => {
      if (this.resolve(name, tag) === undefined) return { value: false, removals: [] };
      const removal = { repository: name, manifests: [], blobs: [], tags: [tag] };
      return { value: true, removals: [removal] };
    });
  }

  /** Sorted by code unit. */
  tags(name: string): readonly string[] {
    const repository = this.#parts.index.repositories.get(name);
    if (repository === undefined) return [];
    return (repository.sorted ??= [...repository.tags]
      .filter(([, { leaving }]) => !leaving)
      .map(([tag]) => tag)
      .sort());
  }

  /** The manifests that name this one as their subject, sorted by digest. */
  referrers(name: string, subject: Digest): readonly StoredManifest[] {
    const { index } = this.#parts;
    const digests = index.repositories.get(name)?.referrers.get(subject) ?? [];
    return [...digests]
      .sort()
      .map((digest) => index.manifest(name, digest))
      .filter((entry) => entry !== undefined)
      .map((entry) => this.#read(entry));
  }

  #read({ content, facts: { mediaType } }: ManifestEntry): StoredManifest {
    return { digest: content.digest, mediaType, bytes: this.#parts.cache.read(content) };
  }

  #entriesOf(repository: string, { digest, bytes, content }: NewManifest): Entry[] {
    const link: Entry = {
      change: { kind: "manifest", repository, digest, at: this.#parts.now() },
      facts: factsOf(content),
    };
    const stored = this.#parts.index.contents.get(digest);
    if (stored !== undefined && stored.offset >= 0) return [link];
    return [{ change: { kind: "content", digest, size: bytes.length }, bytes }, link];
  }
}

/** What is known of a manifest without reading it again. */
export function factsOf(manifest: Manifest): ManifestFacts {
  const { manifests, blobs } = referredBy(manifest);
  return {
    mediaType: manifest.mediaType,
    parts: [...manifests, ...blobs].map(({ digest }) => digest),
    subject: manifest.content.subject?.digest,
  };
}
