import { type Digest, digestOf, isDigest } from "../../../src/oci/digest.ts";
import { mediaTypes } from "../../../src/oci/media-types.ts";
import type { ScriptedAnswer, SeenRequest } from "../scripted-server.ts";

/** What one repository of a fake holds; `read` serves it as the OCI distribution spec 1.1 says. */
export class Shelf {
  readonly path: string;
  readonly tags = new Map<string, Digest>();
  readonly #manifests = new Map<Digest, { readonly bytes: string; readonly mediaType: string }>();

  constructor(path: string) {
    this.path = path;
  }

  /** An image of its own kind under these tags. */
  image(seed: string, ...tags: readonly string[]): Digest {
    const config = { mediaType: mediaTypes.ociConfig, digest: digestOf(seed), size: seed.length };
    return this.#put({ mediaType: mediaTypes.ociManifest, config, layers: [] }, tags);
  }

  /** An index of manifests that are here. */
  index(children: readonly Digest[], ...tags: readonly string[]): Digest {
    const manifests = children.map((digest) => {
      const { bytes, mediaType } = this.#manifests.get(digest) ?? { bytes: "", mediaType: "" };
      return { mediaType, digest, size: bytes.length };
    });
    return this.#put({ mediaType: mediaTypes.ociIndex, manifests }, tags);
  }

  get digests(): readonly Digest[] {
    return [...this.#manifests.keys()];
  }

  has(digest: Digest): boolean {
    return this.#manifests.has(digest);
  }

  tagsOf(digest: Digest): readonly string[] {
    return [...this.tags].filter(([, at]) => at === digest).map(([tag]) => tag);
  }

  /** Indexes, tagged or not, that hold a manifest. */
  holders(digest: Digest): readonly Digest[] {
    return [...this.#manifests]
      .filter(([other, { bytes }]) => other !== digest && bytes.includes(`"${digest}"`))
      .map(([other]) => other);
  }

  isIndex(digest: Digest): boolean {
    return this.#manifests.get(digest)?.mediaType === mediaTypes.ociIndex;
  }

  /** The manifest alone: an index that holds it stays, and is broken. */
  remove(digest: Digest): void {
    this.#manifests.delete(digest);
    for (const tag of this.tagsOf(digest)) this.tags.delete(tag);
  }

  /** Each tag and what it names; and all manifests. To see that nothing else went. */
  state(): { readonly tags: Record<string, Digest>; readonly manifests: readonly Digest[] } {
    return { tags: Object.fromEntries(this.tags), manifests: this.digests };
  }

  /** Undefined where the request is none for reading manifests. */
  read({ method, url }: SeenRequest): ScriptedAnswer | undefined {
    const prefix = `/v2/${this.path}/manifests/`;
    if (!["GET", "HEAD"].includes(method) || !url.startsWith(prefix)) return undefined;
    const name = url.slice(prefix.length);
    const digest = isDigest(name) ? name : this.tags.get(name);
    const found = digest === undefined ? undefined : this.#manifests.get(digest);
    if (digest === undefined || found === undefined) return { status: 404, body: unknownManifest };
    const headers = {
      "content-type": found.mediaType,
      "docker-content-digest": digest,
      "content-length": String(found.bytes.length),
    };
    return { status: 200, headers, body: method === "HEAD" ? "" : found.bytes };
  }

  #put(content: object, tags: readonly string[]): Digest {
    return this.put(JSON.stringify({ schemaVersion: 2, ...content }), ...tags);
  }

  /** A manifest as a client pushes it. */
  put(bytes: string, ...tags: readonly string[]): Digest {
    const mediaType = bytes.includes('"manifests":') ? mediaTypes.ociIndex : mediaTypes.ociManifest;
    const digest = digestOf(bytes);
    this.#manifests.set(digest, { bytes, mediaType });
    for (const tag of tags) this.tags.set(tag, digest);
    return digest;
  }
}

const unknownManifest = JSON.stringify({
  errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }],
});

/** An answer in JSON. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
