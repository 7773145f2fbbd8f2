import { Readable } from "node:stream";
import { FormatError, IntegrityError, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { jsonReply, type Reply, type StreamBody } from "../http/reply.ts";
import { methodNotAllowed, Refusal } from "../http/refusal.ts";
import type { RegistryRequest } from "../http/request.ts";
import { pageOf } from "../http/page.ts";
import type { ManifestName, Route } from "../http/route.ts";
import type { Store } from "../store/store.ts";
import { makeRoom } from "./make-room.ts";
import { passOn } from "./pass-on.ts";

export interface MirrorOptions {
  /** The registry that is mirrored, by its name in references: `docker.io`. */
  readonly upstream: string;
  readonly client: RegistryClient;
  /**
   * How much disk space all blobs may take; the least recently requested are deleted. 20 GB by
   * default.
   */
  readonly maxBytes?: number | undefined;
  /** Larger blobs are passed on but not stored. A tenth of `maxBytes` by default. */
  readonly maxBlobBytes?: number | undefined;
}

const defaultMaxBytes = 20e9;

/**
 * Another registry, read through this one: what it serves is verified, stored, and served from here
 * the next time. Tags are looked up upstream each time (by HEAD, which Docker Hub does not count);
 * if upstream does not answer, their last known manifest is served with a `Warning`.
 */
export class Mirror {
  readonly #store: Store;
  readonly #upstream: string;
  readonly #client: RegistryClient;
  readonly #maxBytes: number;
  readonly #maxBlobBytes: number;
  readonly #fetching = new Map<string, Promise<unknown>>();
  /** Blobs that are being stored, with their sizes in bytes. */
  readonly #coming = new Map<Digest, number>();

  constructor(store: Store, options: MirrorOptions) {
    this.#store = store;
    this.#upstream = options.upstream;
    this.#client = options.client;
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
    this.#maxBlobBytes = options.maxBlobBytes ?? this.#maxBytes / 10;
  }

  /**
   * Fetches what a request needs. Returns an answer if there is one already. Undefined if the store
   * can answer now, or upstream does not have it either.
   */
  async prepare(request: RegistryRequest, route: Route): Promise<Reply | undefined> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw methodNotAllowed(`${request.method} to a mirror of ${this.#upstream}`, ["GET", "HEAD"]);
    }
    switch (route.kind) {
      case "manifest":
        return this.#manifest(route.name, route.manifest);
      case "blob":
        return this.#blob(request, route.name, route.digest);
      case "tags":
        return this.#tags(request, route.name);
      case "referrers":
        return this.#referrers(request, route.name, route.subject);
      default:
        return undefined;
    }
  }

  async #manifest(name: string, wanted: ManifestName): Promise<Reply | undefined> {
    const { manifests } = this.#store;
    if (wanted.kind === "digest") {
      if (manifests.has(name, wanted.digest)) return undefined;
      const { digest } = wanted;
      await this.#asking(() => this.#once(`${name}@${digest}`, () => this.#fetch(name, digest)));
      return undefined;
    }
    const { tag } = wanted;
    const known = manifests.resolve(name, tag);
    try {
      await this.#asking(() => this.#once(`${name}:${tag}`, () => this.#follow(name, tag, known)));
    } catch (error) {
      const found = known === undefined ? undefined : manifests.find(name, known);
      if (found === undefined || !(error instanceof Refusal) || error.status < 500) throw error;
      return {
        status: 200,
        headers: {
          "content-type": found.mediaType,
          "docker-content-digest": found.digest,
          etag: `"${found.digest}"`,
          // RFC 7234, 5.5.2: it may be stale, since the origin could not be reached.
          warning: `111 - "${this.#upstream} could not be reached"`,
        },
        body: found.bytes,
      };
    }
    return undefined;
  }

  /** Points a local tag at the manifest that it names upstream. */
  async #follow(name: string, tag: string, known: Digest | undefined): Promise<void> {
    const standing = await this.#client.headManifest({ host: this.#upstream, path: name, tag });
    if (standing === undefined) {
      if (known !== undefined) await this.#store.manifests.removeTag(name, tag);
    } else if (standing.digest !== known) {
      await this.#fetch(name, standing.digest, tag);
    }
  }

  /** Stores a manifest; what it refers to is fetched on request. */
  async #fetch(name: string, digest: Digest, tag?: string): Promise<void> {
    const found = await this.#client.getManifest({ host: this.#upstream, path: name, digest });
    if (found === undefined) return;
    const { bytes, manifest } = found;
    const { mediaType } = manifest;
    const content = { digest, bytes, mediaType, content: manifest, tag };
    await this.#store.putManifest(name, content, () => undefined);
  }

  async #blob(request: RegistryRequest, name: string, digest: Digest): Promise<Reply | undefined> {
    const key = `${name}@${digest}`;
    // Later requests wait, and are served from the disk.
    for (;;) {
      if (this.#store.blobs.find(name, digest) !== undefined) return undefined;
      const other = this.#fetching.get(key);
      if (other === undefined) break;
      await other.catch((error: unknown) => {
        // Upstream has just failed: every waiting request would wait as long again.
        const refusal = refusalFor(this.#upstream, error);
        if (refusal instanceof Refusal) throw refusal;
      });
    }
    const fetching = this.#fetchBlob(request, name, digest);
    if (request.method === "GET")
      this.#remember(
        key,
        fetching.then(({ kept }) => kept),
      );
    return (await fetching).reply;
  }

  async #fetchBlob(
    request: RegistryRequest,
    name: string,
    digest: Digest,
  ): Promise<{ readonly reply: Reply | undefined; readonly kept?: Promise<void> }> {
    const source = { host: this.#upstream, path: name };
    const found = await this.#asking(() => this.#client.headBlob(source, digest));
    if (found === undefined) return { reply: undefined };
    const { size } = found;
    const headers = {
      "content-type": "application/octet-stream",
      "docker-content-digest": digest,
      etag: `"${digest}"`,
    };
    const answer = (body: StreamBody): Reply => ({ status: 200, headers, body });
    if (request.method === "HEAD") {
      return { reply: answer({ stream: Readable.from([]), length: size }) };
    }
    const descriptor = { mediaType: headers["content-type"], digest, size };
    const open = (): Promise<Readable> =>
      this.#asking(() => this.#client.openBlob(source, descriptor));
    if (size > this.#maxBlobBytes) return { reply: answer(passOn(await open(), size).body) };
    const room = (): Promise<void> => makeRoom(this.#store, this.#coming, this.#maxBytes);
    const free = (): void => void this.#coming.delete(digest);
    this.#coming.set(digest, size);
    try {
      await room();
      const { body, done } = passOn(await open(), size, { store: this.#store, name, digest });
      // Other blobs may have started at the same time, when nothing was stored yet that could be
      // deleted.
      return { reply: answer(body), kept: done.finally(free).then(room) };
    } catch (error) {
      free();
      throw error;
    }
  }

  /**
   * OCI distribution spec 1.1, "Listing Referrers": always upstream's, since a partial list
   * misleads.
   */
  async #referrers(request: RegistryRequest, name: string, subject: Digest): Promise<Reply> {
    const source = { host: this.#upstream, path: name };
    const artifactType = request.query.get("artifactType") ?? undefined;
    const listed = await this.#asking(() =>
      this.#client.listReferrers(source, subject, { artifactType }),
    );
    const page = pageOf([...listed].sort(byDigest), {
      keyOf: ({ digest }) => digest,
      path: `/v2/${name}/referrers/${subject}`,
      query: request.query,
      sizeOf: (found) => JSON.stringify(found).length,
    });
    const headers = {
      ...(page.link === undefined ? {} : { link: page.link }),
      ...(artifactType === undefined ? {} : { "oci-filters-applied": "artifactType" }),
    };
    const mediaType = mediaTypes.ociIndex;
    return jsonReply({ schemaVersion: 2, mediaType, manifests: page.items }, headers, mediaType);
  }

  async #tags(request: RegistryRequest, name: string): Promise<Reply | undefined> {
    const source = { host: this.#upstream, path: name };
    const tags = await this.#asking(() => this.#client.listTags(source));
    if (tags.length === 0) return undefined;
    const sorted = [...tags].sort();
    const page = pageOf(sorted, {
      keyOf: (tag) => tag,
      path: `/v2/${name}/tags/list`,
      query: request.query,
    });
    const headers = page.link === undefined ? {} : { link: page.link };
    return jsonReply({ name, tags: page.items }, headers);
  }

  /** Shares one upstream request between concurrent requests for the same thing. */
  async #once(key: string, work: () => Promise<void>): Promise<void> {
    const other = this.#fetching.get(key);
    if (other !== undefined) {
      await other;
      return;
    }
    const running = work();
    this.#remember(key, running);
    await running;
  }

  #remember(key: string, running: Promise<unknown>): void {
    this.#fetching.set(key, running);
    const forget = (): void => {
      if (this.#fetching.get(key) === running) this.#fetching.delete(key);
    };
    running.then(forget, forget);
  }

  /** Turns an upstream error into the refusal for this registry's client. */
  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      throw refusalFor(this.#upstream, cause);
    }
  }
}

function byDigest(a: Descriptor, b: Descriptor): number {
  return a.digest < b.digest ? -1 : a.digest === b.digest ? 0 : 1;
}

function refusalFor(upstream: string, cause: unknown): unknown {
  if (cause instanceof IntegrityError || cause instanceof FormatError) {
    return new Refusal(502, "UNKNOWN", `${upstream} sent content that does not match its digest`, {
      cause,
    });
  }
  if (!(cause instanceof RegistryError)) return cause;
  switch (cause.status) {
    case 401:
    case 403:
      return new Refusal(
        403,
        "DENIED",
        `${upstream} does not allow this mirror to read the requested content`,
        {
          cause,
        },
      );
    case 429:
      return new Refusal(429, "TOOMANYREQUESTS", `${upstream} is rate-limiting this mirror`, {
        cause,
        headers: { "retry-after": "60" },
      });
    default:
      return new Refusal(502, "UNKNOWN", `${upstream} could not be reached`, { cause });
  }
}
