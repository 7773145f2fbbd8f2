import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Reference, type Repository } from "../../oci/reference.ts";
import type { FetchedManifest } from "./manifests.ts";

/** The most manifest bytes to keep; parsed, they take a few times as much. */
const maxBytes = 8 << 20;
/** A larger manifest would evict too many others. Bytes. */
const maxEntryBytes = 1 << 20;
const maxTags = 10_000;
const maxEtag = 256;

/** What a tag named, and the value for `If-None-Match`. */
export interface KnownTag {
  readonly etag: string;
  readonly manifest: FetchedManifest;
}

/** Verified manifests by repository and digest. The least recently used are evicted first. */
export class ManifestCache {
  readonly #manifests = new Map<string, FetchedManifest>();
  readonly #tags = new Map<string, { readonly etag: string; readonly digest: Digest }>();
  #bytes = 0;

  get(repository: Repository, digest: Digest): FetchedManifest | undefined {
    const key = keyOf(repository, digest);
    const found = this.#manifests.get(key);
    if (found === undefined) return undefined;
    this.#manifests.delete(key);
    this.#manifests.set(key, found);
    return found;
  }

  /** What a tag named when it was last read: only the registry knows whether it still does. */
  tag(reference: Reference): KnownTag | undefined {
    const known = this.#tags.get(tagKey(reference));
    const manifest = known === undefined ? undefined : this.get(reference, known.digest);
    return known === undefined || manifest === undefined
      ? undefined
      : { etag: known.etag, manifest };
  }

  /** Whether any manifest of the repository is kept. */
  holds(repository: Repository): boolean {
    const prefix = `${formatRepository(repository)}@`;
    for (const key of this.#manifests.keys()) if (key.startsWith(prefix)) return true;
    return false;
  }

  add(repository: Repository, manifest: FetchedManifest): void {
    const { digest, size } = manifest.descriptor;
    if (size > maxEntryBytes) return;
    this.forget(repository, digest);
    this.#manifests.set(keyOf(repository, digest), manifest);
    this.#bytes += size;
    for (const key of this.#manifests.keys()) {
      if (this.#bytes <= maxBytes) return;
      this.#drop(key);
    }
  }

  /** Records what a tag names; `etag` is the registry's name for that state. */
  addTag(reference: Reference, digest: Digest, etag: string | undefined): void {
    const key = tagKey(reference);
    this.#tags.delete(key);
    // It is sent back as a header, so it must be valid there.
    if (etag === undefined || etag.length > maxEtag || !/^(?:W\/)?"[!-~]*"$/.test(etag)) return;
    this.#tags.set(key, { etag, digest });
    if (this.#tags.size <= maxTags) return;
    const [oldest] = this.#tags.keys();
    if (oldest !== undefined) this.#tags.delete(oldest);
  }

  forget(repository: Repository, digest: Digest): void {
    this.#drop(keyOf(repository, digest));
  }

  #drop(key: string): void {
    this.#bytes -= this.#manifests.get(key)?.descriptor.size ?? 0;
    this.#manifests.delete(key);
  }
}

function keyOf(repository: Repository, digest: Digest): string {
  return `${formatRepository(repository)}@${digest}`;
}

function tagKey(reference: Reference): string {
  return `${formatRepository(reference)}:${reference.tag ?? "latest"}`;
}
