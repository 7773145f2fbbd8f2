import { createdAtAnnotation } from "../../cache/content.ts";
import { cacheManifestOf } from "../../cache/format/manifest-forms.ts";
import { FormatError, IntegrityError, messageOf, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, type ImageManifest, referredBy } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { FetchedManifest, RegistryClient } from "../../registry/client.ts";
import { createLimit } from "../../registry/transport/limit.ts";
import { readLog } from "../build-log.ts";
import { type BuildRecord, logArtifactType } from "../build-record.ts";
import { epochArtifactType } from "../epoch.ts";
import { inputAnnotation } from "../staged-leg.ts";

/** What stands under a tag: of ours a cache, a staged leg, a log or the epoch; `other` is left alone. */
export type TagKind = "cache" | "leg" | "log" | "epoch" | "other" | "unreadable";

/** A tag of a repository, and all that it leads to there. */
export interface SurveyedTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly kind: TagKind;
  /** The manifests below it, of an index. */
  readonly children: readonly Digest[];
  /** Manifests and blobs that it leads to, itself included, each once. */
  readonly content: readonly Pick<Descriptor, "digest" | "size">[];
  /** RFC 3339: when the newest of it was made, as it says itself. */
  readonly createdAt: string | null;
  /** Bytes of its manifest, and of a cache's config. */
  readonly size: { readonly manifest: number; readonly config: number };
  /** Of a log, the newest last. */
  readonly records: readonly BuildRecord[];
  /** Why it is unreadable. */
  readonly problem: string | null;
}

export interface SurveyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Records that are read of each log. */
  readonly records?: number | undefined;
}

const tagsAtOnce = 32;
const defaultRecords = 5;
const largestImageConfig = 4 << 20;

/**
 * Everything that tags lead to in a cache repository: a listing, a GET for each tag and each
 * manifest below one, and a few for each log and each staged leg. Throws a registry error where
 * the registry does not serve: what is not known whole is of no use to whoever deletes.
 */
export async function surveyRepository(
  client: RegistryClient,
  repository: Repository,
  { signal, records = defaultRecords }: SurveyOptions = {},
): Promise<readonly SurveyedTag[]> {
  const limit = createLimit(tagsAtOnce);
  const surveyor = new Surveyor(client, repository, records, signal);
  const tags = await client.listTags(repository, { signal });
  const found = await Promise.all(tags.map((tag) => limit(() => surveyor.look(tag))));
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

  /** Undefined: it is gone since it was listed. */
  async look(tag: string): Promise<SurveyedTag | undefined> {
    const reference = { ...this.#repository, tag };
    const signal = this.#signal;
    let found: FetchedManifest | undefined;
    try {
      found = await this.#client.getManifest(reference, { signal });
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const head = await this.#client.headManifest(reference, { signal });
      return head === undefined ? undefined : unreadable(tag, head, error);
    }
    if (found === undefined) return undefined;
    const { descriptor } = found;
    this.#manifests.set(descriptor.digest, Promise.resolve(found));
    try {
      return { ...nothing(tag, descriptor), ...(await this.#read(tag, found)) };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return unreadable(tag, descriptor, error);
    }
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
      const records = await readLog(this.#client, `${this.#name}:${tag}`, {
        last: this.#records,
        signal: this.#signal,
      });
      return {
        kind: "log",
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
    if (artifactType === epochArtifactType) return { kind: "epoch", content, children };
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

  /** When the newest of some images was made, by their configs. */
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

function unreadable(tag: string, descriptor: Descriptor, error: unknown): SurveyedTag {
  return { ...nothing(tag, descriptor), kind: "unreadable", problem: messageOf(error) };
}

/** A part of it is not what it should be, or gone; the registry itself serves. */
function isUnreadable(error: unknown): boolean {
  return (
    error instanceof FormatError ||
    error instanceof IntegrityError ||
    (error instanceof RegistryError && error.status === 404)
  );
}

function unique(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(descriptors.map((it) => [it.digest, it])).values()];
}

function newest(times: readonly string[]): string | null {
  const known = times.filter((time) => Number.isFinite(Date.parse(time)));
  return known.sort((a, b) => Date.parse(b) - Date.parse(a))[0] ?? null;
}
