import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Reference, type Repository } from "../../oci/reference.ts";
import type { FetchedManifest } from "./manifests.ts";

/** Bytes of manifests that are kept; parsed they take a few times as much. */
const maxBytes = 8 << 20;
/** A larger one would push out too many others. Bytes. */
const maxEntryBytes = 1 << 20;
const maxTags = 10_000;
const maxEtag = 256;

/** What a tag was found to name, and what to say in `If-None-Match`. */
export interface KnownTag {
  readonly etag: string;
  readonly manifest: FetchedManifest;
}

/** Verified manifests by repository and digest, those that were least lately used forgotten first. */
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

  /** What a tag named when it was read last: whether it still does, only the registry knows. */
  tag(reference: Reference): KnownTag | undefined {
    const known = this.#tags.get(tagKey(reference));
    const manifest = known === undefined ? undefined : this.get(reference, known.digest);
    return known === undefined || manifest === undefined
      ? undefined
      : { etag: known.etag, manifest };
  }

  /** Whether anything of the repository is kept. */
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

  /** Takes note of what a tag names; `etag` is what its registry calls that state. */
  addTag(reference: Reference, digest: Digest, etag: string | undefined): void {
    const key = tagKey(reference);
    this.#tags.delete(key);
    // It goes back as a header: nothing but what one may hold.
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
