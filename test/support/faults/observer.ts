import { createHash } from "node:crypto";
import { isManifestType, isIndexType } from "../../../src/oci/media-types.ts";
import { direct } from "./direct.ts";

/** What a test holds to be true at every moment. */
export class BrokenInvariant extends Error {}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly urls?: readonly string[];
}

/** For each tag, what it may name, the oldest first; a tag that is not here may name anything whole. */
export type AllowedTags = ReadonlyMap<string, readonly string[]>;

/**
 * Looks at a repository, past the proxies: each tag resolves to a complete tree, every part of it
 * has its digest, and no tag goes back to what is older.
 */
export class Observer {
  readonly #host: string;
  readonly #path: string;
  readonly #allowed: AllowedTags;
  readonly #looks: number;
  readonly #newest = new Map<string, number>();
  /** Whose bytes were read and were right: whether they are there is asked each time. */
  readonly #right = new Map<string, readonly Descriptor[]>();

  /** `looks`: how often something must be missed, one look after the other, to be missing. */
  constructor(host: string, path: string, allowed: AllowedTags = new Map(), looks = 1) {
    this.#host = host;
    this.#path = path;
    this.#allowed = allowed;
    this.#looks = looks;
  }

  /** Throws where something is not as it should be. `fresh` reads all bytes again. */
  async look(o: { readonly fresh?: boolean } = {}): Promise<void> {
    if (o.fresh === true) this.#right.clear();
    const list = await this.#ask("GET", "tags/list");
    if (list.status === 404) return;
    const { tags } = JSON.parse(list.body.toString()) as { tags: readonly string[] | null };
    for (const tag of tags ?? []) await this.#lookAt(tag);
  }

  /** What a tag names; undefined where there is none. */
  async digestOf(tag: string): Promise<string | undefined> {
    const answer = await this.#ask("HEAD", `manifests/${tag}`);
    const digest = answer.headers["docker-content-digest"];
    return answer.status === 200 && typeof digest === "string" ? digest : undefined;
  }

  /** Whether a manifest exists with all below it. */
  async isWhole(digest: string): Promise<boolean> {
    return (await this.#missing(digest)) === undefined;
  }

  async hasBlob(digest: string): Promise<boolean> {
    return (await this.#ask("HEAD", `blobs/${digest}`)).status === 200;
  }

  async #lookAt(tag: string): Promise<void> {
    const digest = await this.digestOf(tag);
    if (digest === undefined) return;
    let missing = await this.#missing(digest);
    for (let look = 1; missing !== undefined && look < this.#looks; look++) {
      missing = await this.#missing(digest);
    }
    // The tag may have moved while we looked, and what it named may be gone since.
    if (missing !== undefined && (await this.digestOf(tag)) === digest) {
      throw new BrokenInvariant(`${this.#path}:${tag} names ${digest}, and ${missing}`);
    }
    this.#order(tag, digest);
  }

  #order(tag: string, digest: string): void {
    const allowed = this.#allowed.get(tag);
    if (allowed === undefined) return;
    const rank = allowed.indexOf(digest);
    const before = this.#newest.get(tag) ?? 0;
    if (rank < before) {
      throw new BrokenInvariant(`${this.#path}:${tag} names ${digest}, after ${allowed[before]}`);
    }
    this.#newest.set(tag, rank);
  }

  /** The first part of a tree that is not there; undefined where it is whole. */
  async #missing(digest: string): Promise<string | undefined> {
    const children = await this.#childrenOf(digest);
    if (children === undefined) return `the manifest ${digest} is not there`;
    for (const child of children) {
      const missing =
        isIndexType(child.mediaType) || isManifestType(child.mediaType)
          ? await this.#missing(child.digest)
          : await this.#missingBlob(child);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  async #childrenOf(digest: string): Promise<readonly Descriptor[] | undefined> {
    const known = this.#right.get(digest);
    const answer = await this.#ask(known === undefined ? "GET" : "HEAD", `manifests/${digest}`);
    if (answer.status !== 200) return undefined;
    if (known !== undefined) return known;
    this.#check(digest, answer.body);
    const content = JSON.parse(answer.body.toString()) as {
      readonly manifests?: readonly Descriptor[];
      readonly config?: Descriptor;
      readonly layers?: readonly Descriptor[];
    };
    const { manifests = [], config, layers = [] } = content;
    const children = [...manifests, ...(config === undefined ? [] : [config]), ...layers];
    this.#right.set(digest, children);
    return children;
  }

  async #missingBlob({ digest, size, urls }: Descriptor): Promise<string | undefined> {
    if (urls !== undefined) return undefined;
    const known = this.#right.has(digest);
    const answer = await this.#ask(known ? "HEAD" : "GET", `blobs/${digest}`);
    if (answer.status !== 200) return `the blob ${digest} is not there`;
    if (known) return undefined;
    if (answer.body.length !== size)
      throw new BrokenInvariant(`${digest}: ${answer.body.length} bytes`);
    this.#check(digest, answer.body);
    this.#right.set(digest, []);
    return undefined;
  }

  #check(digest: string, bytes: Buffer): void {
    const [algorithm = "", hex] = digest.split(":");
    if (createHash(algorithm).update(bytes).digest("hex") === hex) return;
    throw new BrokenInvariant(`${this.#path} gives other bytes for ${digest}`);
  }

  #ask(method: string, path: string) {
    return direct(this.#host, method, `/v2/${this.#path}/${path}`);
  }
}
