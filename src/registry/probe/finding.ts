/** The conclusion: whether the registry can store what Layerkeep needs, and with which settings. */
export interface Verdict {
  /** It can be used as a cache repository, for legs, logs and caches. */
  readonly fit: boolean;
  readonly settings: readonly Setting[];
}

/** A setting for `layerkeep.yml`, and the reason. */
interface Setting {
  /** The setting's path, with dots: `cache.image-manifest`. */
  readonly key: string;
  readonly value: string;
  readonly why: string;
}

/** The result of one check. */
export interface Finding {
  /** Stable, for machines. */
  readonly id: FindingId;
  /** What was tried, for people. */
  readonly title: string;
  /** `unknown`: the check itself failed, and `detail` has the reason. */
  readonly outcome: "yes" | "no" | "unknown";
  /** What the registry did, in one sentence. */
  readonly detail: string;
  /** The consequence: a setting, or what to expect. Undefined if everything is fine. */
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

/** Everything that was found out about one repository. */
export interface ProbeReport {
  readonly repository: string;
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** What the probe pushed but could not delete: tags, or digests of untagged manifests. */
  readonly left: readonly string[];
}
