import type { Digest } from "../../oci/digest.ts";

/** Unknown fields, kept as they were read and written back. */
export type UnknownFields = Readonly<Record<string, unknown>>;

/**
 * A BuildKit cache config: `application/vnd.buildkit.cacheconfig.v0` (moby/buildkit,
 * cache/remotecache/v1). Its numbers are positions in its own lists; only `findFaults` checks
 * whether they are in range.
 */
export interface CacheConfigV0 {
  readonly layers: readonly CacheLayer[];
  readonly records: readonly CacheRecord[];
  readonly unknown?: UnknownFields;
}

/** A blob on top of another: the filesystem that a step left is a layer with all its parents. */
export interface CacheLayer {
  readonly blob: Digest;
  /** Position in `layers`; −1 for no parent. */
  readonly parent: number;
  /** Only GitHub's service needs them; elsewhere the blob's descriptor has the same data. */
  readonly annotations?: LayerAnnotations;
  readonly unknown?: UnknownFields;
}

export interface LayerAnnotations {
  readonly mediaType?: string;
  /** Of the layer's uncompressed tar. */
  readonly diffID?: Digest;
  /** Bytes of the blob. */
  readonly size?: number;
  /** RFC 3339. */
  readonly createdAt?: string;
  readonly unknown?: UnknownFields;
}

/** A cache key, the keys it follows from, and the results of the step with that key. */
export interface CacheRecord {
  /** The key: usually a digest, but BuildKit accepts any text. */
  readonly digest: string;
  /** Results: a layer with all its parents. */
  readonly layers: readonly LayerResult[];
  /** Results: exactly these layers, in their order, without their parents. */
  readonly chains: readonly ChainResult[];
  /** For each dependency, by number, the records that can satisfy it. */
  readonly inputs: readonly (readonly RecordInput[])[];
  readonly unknown?: UnknownFields;
}

export interface LayerResult {
  /** Position in `layers`. */
  readonly layer: number;
  /** RFC 3339. */
  readonly createdAt?: string;
  readonly unknown?: UnknownFields;
}

export interface ChainResult {
  /** Positions in `layers`. */
  readonly layers: readonly number[];
  /** RFC 3339. */
  readonly createdAt?: string;
  readonly unknown?: UnknownFields;
}

export interface RecordInput {
  /** The part of the input that counts, usually a path in it. */
  readonly selector?: string;
  /** Position in `records`. */
  readonly link: number;
  readonly unknown?: UnknownFields;
}

/** BuildKit reads at most this much of a cache's manifest and of its config (moby/buildkit#3719). Bytes. */
export const importLimit = 1 << 20;

/** What we read of a config at most. Beyond it no engine could read it either. Bytes. */
export const largestConfig = 32 << 20;

/** Of layers, records, and of all links and results together. */
export const mostEntries = 2_000_000;
