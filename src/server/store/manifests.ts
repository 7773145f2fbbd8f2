import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, type Manifest, parseManifest, referredBy } from "../../oci/manifest.ts";
import type { ContentCache } from "./content-cache.ts";
import type { ManifestEntry } from "./index/index-entries.ts";
import type { Index } from "./index/stored-index.ts";
import type { Entry } from "./journal/entries.ts";
import type { Journal } from "./journal/journal.ts";
import { longestType, type ManifestFacts, type ReferrerFacts } from "./journal/records.ts";
import type { Removing } from "./removing.ts";

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A manifest that has not been read yet. */
export interface OpenManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** Throws if it was removed meanwhile. */
  readonly read: (start: number, length: number) => Uint8Array;
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
  /** The clock for leases. */
  readonly steady: () => number;
}

/** The manifests, tags and referrers of all repositories. */
export class ManifestStore {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The manifest if the repository has it. Counts as a use. */
  find(name: string, digest: Digest): StoredManifest | undefined {
    const { index, steady } = this.#parts;
    const entry = index.manifest(name, digest);
    if (entry === undefined) return undefined;
    entry.usedAt = steady();
    return this.#read(entry);
  }

  /** The same, to be read in parts. */
  open(name: string, digest: Digest): OpenManifest | undefined {
    const { cache, index, steady } = this.#parts;
    const entry = index.manifest(name, digest);
    if (entry === undefined) return undefined;
    entry.usedAt = steady();
    const { content, facts } = entry;
    return {
      digest: content.digest,
      mediaType: facts.mediaType,
      size: content.size,
      read: (start, length) => cache.readPart(content, start, length),
    };
  }

  /** Whether the repository has it, without reading it. */
  has(name: string, digest: Digest): boolean {
    const { index, steady } = this.#parts;
    const entry = index.manifest(name, digest);
    if (entry !== undefined) entry.usedAt = steady();
    return entry !== undefined;
  }

  /** The digest that a tag currently names. */
  resolve(name: string, tag: string): Digest | undefined {
    const entry = this.#parts.index.repositories.get(name)?.tags.get(tag);
    return entry?.leaving === false ? entry.digest : undefined;
  }

  /**
   * Stores a manifest and moves the tag to it, durably and in one step. `check` runs in the same
   * step as the decision to write, so nothing can be removed in between. It throws if something is
   * missing.
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
    index.contents.pin(digest);
    try {
      await journal.append(entries);
    } finally {
      index.contents.unpin(digest);
    }
  }

  /** Removes a manifest and all tags that name it. False if it was not there. */
  async remove(name: string, digest: Digest): Promise<boolean> {
    return this.#parts.removing.run(() => {
      const isThere = this.#parts.index.manifest(name, digest) !== undefined;
      if (!isThere) return { value: false, removals: [] };
      return { value: true, removals: [{ repository: name, manifests: [digest], blobs: [] }] };
    });
  }

  /** Removes a tag and leaves the manifest. False if it was not there. */
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

  /** The sorted digests of the manifests whose subject is this one; nothing is read for it. */
  referrers(name: string, subject: Digest): readonly Digest[] {
    return this.#parts.index.repositories.get(name)?.referrers.get(subject)?.sorted() ?? [];
  }

  /** What a list of referrers needs to know of one; undefined if it was removed. */
  referrer(name: string, digest: Digest): ReferrerFacts | undefined {
    return this.#parts.index.manifest(name, digest)?.facts.referrer;
  }

  /** A referrer's descriptor as JSON; undefined if it was removed meanwhile. */
  describe(name: string, digest: Digest): Uint8Array | undefined {
    const entry = this.#parts.index.manifest(name, digest);
    if (entry === undefined) return undefined;
    const { bytes } = this.#read(entry);
    return Buffer.from(JSON.stringify(descriptorOf(parseManifest(bytes), digest, bytes.length)));
  }

  #read({ content, facts: { mediaType } }: ManifestEntry): StoredManifest {
    return { digest: content.digest, mediaType, bytes: this.#parts.cache.read(content) };
  }

  #entriesOf(repository: string, { digest, bytes, content }: NewManifest): Entry[] {
    const link: Entry = {
      change: { kind: "manifest", repository, digest, at: this.#parts.now() },
      facts: factsOf(content, digest, bytes.length),
    };
    const stored = this.#parts.index.contents.get(digest);
    if (stored !== undefined && stored.offset >= 0) return [link];
    return [{ change: { kind: "content", digest, size: bytes.length }, bytes }, link];
  }
}

/** The facts about a manifest, so that it need not be read again. `size` is that of its bytes. */
export function factsOf(manifest: Manifest, digest: Digest, size: number): ManifestFacts {
  const { manifests, blobs } = referredBy(manifest);
  const subject = manifest.content.subject?.digest;
  return {
    mediaType: manifest.mediaType,
    parts: [...manifests, ...blobs].map(({ digest }) => digest),
    subject,
    referrer: subject === undefined ? undefined : referrerFacts(manifest, digest, size),
  };
}

function referrerFacts(manifest: Manifest, digest: Digest, size: number): ReferrerFacts {
  const descriptor = descriptorOf(manifest, digest, size);
  return {
    artifactType: descriptor.artifactType?.slice(0, longestType),
    descriptorBytes: Buffer.byteLength(JSON.stringify(descriptor)),
  };
}

/**
 * OCI distribution spec 1.1, "Listing Referrers": for an image without an artifact type, the
 * config's media type is used.
 */
function descriptorOf(manifest: Manifest, digest: Digest, size: number): Descriptor {
  const { artifactType, annotations } = manifest.content;
  const type =
    artifactType !== undefined && artifactType !== ""
      ? artifactType
      : manifest.kind === "manifest"
        ? manifest.content.config.mediaType
        : undefined;
  return {
    mediaType: manifest.mediaType,
    digest,
    size,
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
