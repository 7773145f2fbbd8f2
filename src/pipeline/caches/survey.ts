import { createdAtAnnotation } from "../../cache/content.ts";
import { cacheManifestOf } from "../../cache/format/manifest-forms.ts";
import { type CacheEntry, parseCacheEntry } from "../../dir/stored/documents.ts";
import { FormatError, IntegrityError, messageOf, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, type ImageManifest, referredBy } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import { publishedAnnotation } from "../../plan/caches/previews.ts";
import type { FetchedManifest, RegistryClient } from "../../registry/client.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { readLog } from "../records/build-log.ts";
import { type BuildRecord, logArtifactType } from "../records/build-record.ts";
import { epochArtifactType } from "../resolve/epoch.ts";
import { pinsArtifactType } from "../resolve/held-pins.ts";
import { inputAnnotation } from "../stage/staged-leg.ts";

/**
 * What a tag points at: one of our caches, staged legs, logs, epochs or directory caches, or a
 * preview or a leg of one; `other` is left alone.
 */
export type TagKind =
  | "cache"
  | "leg"
  | "log"
  | "epoch"
  | "dir"
  | "preview"
  | "other"
  | "unreadable";

/** A tag of a repository, and all its content. */
export interface SurveyedTag {
  readonly tag: string;
  /** Null if the registry does not even return the tag's digest. */
  readonly digest: Digest | null;
  readonly kind: TagKind;
  /** The manifests below it, if it is an index. */
  readonly children: readonly Digest[];
  /** Manifests and blobs that it leads to, itself included, each once. */
  readonly content: readonly Pick<Descriptor, "digest" | "size">[];
  /** RFC 3339: when its newest part was created, by its own date. */
  readonly createdAt: string | null;
  /** Bytes of its manifest, and of a cache's config. */
  readonly size: { readonly manifest: number; readonly config: number };
  /** A log's records, the newest last. */
  readonly records: readonly BuildRecord[];
  /** What the tag says of a directory cache. */
  readonly dir?: CacheEntry;
  /** Why it is unreadable. */
  readonly problem: string | null;
}

export interface SurveyOptions {
  readonly signal?: AbortSignal | undefined;
  /** How many records are read of each log. */
  readonly records?: number | undefined;
  /** Which tags are looked at, by their names; all by default. */
  readonly isWanted?: ((tag: string) => boolean) | undefined;
}

const tagsAtOnce = 32;
const defaultRecords = 5;
/** How many requests may fail before the first manifest is read. */
const failuresTaken = 2 * tagsAtOnce;
const largestImageConfig = 4 << 20;

/**
 * Everything that tags lead to in a cache repository: a listing, a GET for each tag and each
 * manifest below one, and a few for each log and each staged leg. A tag that cannot be read is
 * listed with the reason. Throws a registry error if the registry serves no manifest at all.
 */
export async function surveyRepository(
  client: RegistryClient,
  repository: Repository,
  { signal, records = defaultRecords, isWanted = () => true }: SurveyOptions = {},
): Promise<readonly SurveyedTag[]> {
  const limit = createLimit(tagsAtOnce);
  const surveyor = new Surveyor(client, repository, records, signal);
  const tags = await client.listTags(repository, { signal });
  const found = await Promise.all(
    tags.filter(isWanted).map((tag) => limit(() => surveyor.look(tag))),
  );
  return found.filter((tag) => tag !== undefined);
}

type Found = Pick<SurveyedTag, "kind"> & Partial<SurveyedTag>;

class Surveyor {
  readonly #client: RegistryClient;
  readonly #repository: Repository;
  readonly #records: number;
  readonly #signal: AbortSignal | undefined;
  /** Manifests by digest: staged legs have two tags. */
  readonly #manifests = new Map<Digest, Promise<FetchedManifest | undefined>>();
  /**
   * Whether a manifest was read: if so, the registry works, and a failure concerns only that
   * manifest.
   */
  #served = false;
  #failures = 0;

  constructor(
    client: RegistryClient,
    repository: Repository,
    records: number,
    signal: AbortSignal | undefined,
  ) {
    this.#client = client;
    this.#repository = repository;
    this.#records = records;
    this.#signal = signal;
  }

  /** Undefined if it was deleted after the listing. */
  async look(tag: string): Promise<SurveyedTag | undefined> {
    const reference = { ...this.#repository, tag };
    const signal = this.#signal;
    let found: FetchedManifest | undefined;
    try {
      found = await this.#client.getManifest(reference, { signal });
    } catch (error) {
      if (!this.#isUnreadable(error)) throw error;
      try {
        const head = await this.#client.headManifest(reference, { signal });
        return head === undefined ? undefined : unreadable(tag, head, error);
      } catch (headError) {
        if (!this.#isUnreadable(headError)) throw headError;
        return unreadable(tag, undefined, error);
      }
    }
    if (found === undefined) return undefined;
    this.#served = true;
    const { descriptor } = found;
    this.#manifests.set(descriptor.digest, Promise.resolve(found));
    try {
      return { ...nothing(tag, descriptor), ...(await this.#read(tag, found)) };
    } catch (error) {
      if (!this.#isUnreadable(error)) throw error;
      return unreadable(tag, descriptor, error);
    }
  }

  /** Whether a part of it is malformed, deleted, or not served while others are. */
  #isUnreadable(error: unknown): boolean {
    if (this.#signal?.aborted === true) return false;
    if (error instanceof FormatError || error instanceof IntegrityError) return true;
    if (!(error instanceof RegistryError)) return false;
    if (error.status === 404) return true;
    // If we are refused (401, 403, 429), the next request will be too.
    const broken = error.status === undefined || error.status >= 500;
    return broken && (this.#served || ++this.#failures < failuresTaken);
  }

  async #read(tag: string, fetched: FetchedManifest): Promise<Found> {
    const { manifest, descriptor } = fetched;
    const cache = cacheManifestOf(manifest);
    if (cache !== undefined) {
      const { config, blobs } = cache;
      const times = [...blobs.values()].flatMap(
        (it) => it.annotations?.[createdAtAnnotation] ?? [],
      );
      return {
        kind: "cache",
        content: unique([descriptor, config, ...blobs.values()]),
        createdAt: newest(times),
        size: { manifest: descriptor.size, config: config.size },
      };
    }
    const { artifactType, annotations } = manifest.content;
    if (artifactType === logArtifactType) {
      const lost: string[] = [];
      const records = await readLog(this.#client, `${this.#name}:${tag}`, {
        last: this.#records,
        signal: this.#signal,
        onLost: (problem) => lost.push(problem),
      });
      return {
        kind: "log",
        problem: lost[0] ?? null,
        content: unique([descriptor, ...referredBy(manifest).blobs]),
        createdAt: newest(records.map(({ startedAt }) => startedAt)),
        records,
      };
    }
    const below = await this.#below(fetched);
    const content = unique(
      below.flatMap((it) => [it.descriptor, ...referredBy(it.manifest).blobs]),
    );
    const children = below.slice(1).map((it) => it.descriptor.digest);
    if (artifactType === epochArtifactType || artifactType === pinsArtifactType)
      return { kind: "epoch", content, children };
    const entry = manifest.kind === "index" ? parseCacheEntry(manifest.content) : undefined;
    if (entry !== undefined) {
      return { kind: "dir", content, children, createdAt: entry.createdAt, dir: entry };
    }
    const published = annotations?.[publishedAnnotation];
    if (published !== undefined) {
      return { kind: "preview", content, children, createdAt: newest([published]) };
    }
    if (annotations?.[inputAnnotation] === undefined) return { kind: "other", content, children };
    const images = below.flatMap(({ manifest: { kind, content: it } }) =>
      kind === "manifest" ? [it] : [],
    );
    return { kind: "leg", content, children, createdAt: await this.#madeAt(images) };
  }

  /** A manifest and all manifests below it, itself first. */
  async #below(top: FetchedManifest): Promise<readonly FetchedManifest[]> {
    const all = new Map([[top.descriptor.digest, top]]);
    for (const one of all.values()) {
      const wanted = referredBy(one.manifest).manifests.filter(({ digest }) => !all.has(digest));
      const found = await Promise.all(wanted.map(({ digest }) => this.#manifest(digest)));
      for (const child of found) if (child !== undefined) all.set(child.descriptor.digest, child);
    }
    return [...all.values()];
  }

  #manifest(digest: Digest): Promise<FetchedManifest | undefined> {
    const known =
      this.#manifests.get(digest) ??
      this.#client.getManifest({ ...this.#repository, digest }, { signal: this.#signal });
    this.#manifests.set(digest, known);
    return known;
  }

  /** When the newest of some images was created, by their configs. */
  async #madeAt(images: readonly ImageManifest[]): Promise<string | null> {
    const times = await Promise.all(
      images.map(async ({ config }) => {
        if (config.size > largestImageConfig) return [];
        const { path, host } = this.#repository;
        const options = { signal: this.#signal };
        const bytes = await this.#client.readBlob({ host, path }, config, config.size, options);
        const value: unknown = JSON.parse(bytes.toString());
        const created =
          typeof value === "object" && value !== null && "created" in value ? value.created : null;
        return typeof created === "string" ? [created] : [];
      }),
    ).catch((error: unknown) => {
      if (!(error instanceof SyntaxError)) throw error;
      return [];
    });
    return newest(times.flat());
  }

  get #name(): string {
    return `${this.#repository.host}/${this.#repository.path}`;
  }
}

function nothing(tag: string, descriptor: Descriptor): Omit<SurveyedTag, "kind"> {
  return {
    tag,
    digest: descriptor.digest,
    children: [],
    content: [descriptor],
    createdAt: null,
    size: { manifest: descriptor.size, config: 0 },
    records: [],
    problem: null,
  };
}

function unreadable(tag: string, head: Descriptor | undefined, error: unknown): SurveyedTag {
  const problem = messageOf(error);
  if (head !== undefined) return { ...nothing(tag, head), kind: "unreadable", problem };
  const size = { manifest: 0, config: 0 };
  const known = { digest: null, children: [], content: [], createdAt: null, records: [] };
  return { ...known, tag, size, kind: "unreadable", problem };
}

function unique(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(descriptors.map((it) => [it.digest, it])).values()];
}

function newest(times: readonly string[]): string | null {
  const known = times.filter((time) => Number.isFinite(Date.parse(time)));
  return known.sort((a, b) => Date.parse(b) - Date.parse(a))[0] ?? null;
}
