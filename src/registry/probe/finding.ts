/** What follows from the findings: whether Layerkeep's main job works there, and how to set it. */
export interface Verdict {
  /** It can hold a cache repository: legs, logs, caches. */
  readonly fit: boolean;
  readonly settings: readonly Setting[];
}

/** What to write into `layerkeep.yml`, and why. */
interface Setting {
  /** Where it is written, with dots: `cache.image-manifest`. */
  readonly key: string;
  readonly value: string;
  readonly why: string;
}

/** What a registry was found to do. */
export interface Finding {
  /** Stable, for machines. */
  readonly id: FindingId;
  /** What was tried, as a person reads it. */
  readonly title: string;
  /** `unknown`: the try itself failed, and `detail` says why. */
  readonly outcome: "yes" | "no" | "unknown";
  /** What the registry did, in one sentence. */
  readonly detail: string;
  /** What follows from it: a setting, or what to expect. Undefined where all is as it should be. */
  readonly advice?: string;
}

export type FindingId =
  | "oci-image"
  | "anonymous-read"
  | "token-host"
  | "range"
  | "chunked-upload"
  | "mount"
  | "artifact"
  | "image-manifest-cache"
  | "index-cache"
  | "nested-index"
  | "referrers"
  | "overwrite-tag"
  | "list-tags"
  | "conditional-read"
  | "delete-tag"
  | "delete-manifest";

/** All that was found out about one repository. */
export interface ProbeReport {
  readonly repository: string;
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** What the probe pushed and could not delete again: tags, or digests where there is no tag. */
  readonly left: readonly string[];
}
