import type { Platform } from "../oci/platform.ts";
import type { Repository } from "../oci/reference.ts";
import type { CiConfig } from "./ci/ci-config.ts";
import type { DirConfig } from "./dirs/dir-config.ts";
import type { JobConfig } from "./jobs/job-config.ts";
import type { Normaliser } from "./variants/filters.ts";

/**
 * A loaded `layerkeep.yml`: variables replaced, defaults inherited, the matrix expanded, and every
 * rule between fields checked. Paths are relative to `root`, with `/` between their parts.
 */
export interface Config {
  /** The absolute path of the file. */
  readonly file: string;
  /** The absolute path of the folder that the config's paths are relative to: the file's own. */
  readonly root: string;
  readonly branches: Branches;
  readonly cache: CacheConfig;
  readonly refresh: Refresh | undefined;
  /** Whether base images move only when an epoch begins: `pins: {hold: epoch}`. */
  readonly holdPins: boolean;
  /** The buildx builders for a platform, as `formatPlatform` spells it; several share its legs. */
  readonly builders: Readonly<Record<string, readonly string[]>>;
  /** The CI runner (`runs-on`) for a platform. */
  readonly runners: Readonly<Record<string, string>>;
  /** Whether what the steps of builds print is kept. */
  readonly logs: boolean;
  /** Hosts for which plain HTTP, or TLS without checking the certificate, is allowed. */
  readonly insecure: readonly string[];
  /** Which environment variables hold credentials. Docker's credentials apply to the rest. */
  readonly credentials: readonly CredentialEntry[];
  /** What generated workflows do besides building and publishing. */
  readonly ci: CiConfig;
  /** What CI runs besides builds, such as on macOS. */
  readonly jobs: readonly JobConfig[];
  /** Folders that are kept between runs. No two have the same name. */
  readonly dirs: readonly DirConfig[];
  readonly variants: readonly Variant[];
  /**
   * What imported files contain that Layerkeep does not carry over, and what in them changes over
   * time.
   */
  readonly warnings: readonly string[];
}

export interface CredentialEntry {
  /** `quay.io`, `quay.io/acme/*` (everything below it) or `quay.io/acme/app`. No two are equal. */
  readonly repository: string;
  /** Names of variables, never secrets. */
  readonly variables:
    | { readonly kind: "basic"; readonly username: string; readonly password: string }
    /** `bearer`: sent as it is; `identity`: exchanged for a token at the registry's endpoint. */
    | { readonly kind: "bearer" | "identity"; readonly token: string };
}

export interface Branches {
  /** Undefined: the context's default branch. */
  readonly default: string | undefined;
  /** Globs of branches that are trusted like the default branch. */
  readonly release: readonly string[];
}

export const cacheTypes = ["registry", "local", "inline", "gha", "s3", "azblob"] as const;
export type CacheType = (typeof cacheTypes)[number];

export interface CacheConfig {
  /**
   * Where staged legs, logs and caches of type `registry` are stored. Undefined: the embedded
   * registry.
   */
  readonly repository: Repository | undefined;
  /** Where untrusted contexts may write. */
  readonly scratch: Repository | undefined;
  readonly type: CacheType;
  /** Template of a cache's tag, scope, name or folder: `cache{suffix}-{platform}`. */
  readonly tag: string;
  /** Attributes of the cache exporter, in BuildKit's words: `mode`, `compression`, `bucket`, … */
  readonly exportOptions: Readonly<Record<string, string>>;
  /** Attributes of the cache importer: `tag`, `digest`, `bucket`, … */
  readonly importOptions: Readonly<Record<string, string>>;
  /**
   * More caches to read, as `--cache-from` takes them; `{suffix}`, `{name}` and `{platform}` are
   * replaced.
   */
  readonly from: readonly string[];
  /** Whether builds of release tags also write caches. */
  readonly writeOnTags: boolean;
  readonly retention: Retention;
}

/** What differs from the config's cache for one variant. */
export interface OwnCache {
  /** Whether a cache is read and written at all. */
  readonly used: boolean;
  /** Added to the config's, over which they have precedence. */
  readonly exportOptions: CacheConfig["exportOptions"];
  /** Undefined: the config's. */
  readonly from: CacheConfig["from"] | undefined;
}

/** What `layerkeep cache prune` deletes. Times are milliseconds since something was last needed. */
export interface Retention {
  /** Caches, staged builds and logs of legs that no longer exist. Undefined: kept. */
  readonly orphaned: number | undefined;
  /** Caches of legs. Undefined: kept. */
  readonly unused: number | undefined;
  /** How many of a leg's newest builds are kept. Undefined: all. */
  readonly legs: number | undefined;
  /** Bytes. Beyond this, the caches that were needed longest ago are deleted. */
  readonly maxSize: number | undefined;
  /** Anything younger is kept, because it may be in use. */
  readonly grace: number;
  readonly dirs: DirRules;
}

/** Which directory caches are deleted. Times are milliseconds since the last save. */
export interface DirRules {
  /** Caches that were saved longer ago are deleted. Undefined: none. */
  readonly olderThan: number | undefined;
  /** How many caches are kept of keys that differ only in what changes. Undefined: all. */
  readonly keepLast: number | undefined;
  /** Bytes. Beyond this, the caches that were saved longest ago are deleted. */
  readonly maxSize: number | undefined;
}

/** Where one variant is published. */
export interface PublishTarget {
  /** `host/path`. */
  readonly repository: string;
  /**
   * The end of each tag whose rule does not name the variant: the variant's suffix, or nothing if
   * the repository has its name.
   */
  readonly suffix: string;
  readonly tags: readonly TagRule[];
  readonly flavor: Flavor;
  readonly shape: "index" | "manifest";
  /** Annotations of the index; by default from the context. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Of a preview: milliseconds after which it is deleted. Undefined: never. */
  readonly expires?: number;
}

interface TagRuleBase {
  /** A literal, or an expression such as `{{is_default_branch}}`. */
  readonly enable: string;
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
  /** Higher comes first. */
  readonly priority: number;
  /** Whether `{name}` or a `{field}` is in its text: it names the variant itself. */
  readonly named: boolean;
}

/** The tag rules of docker/metadata-action, in its words. */
export type TagRule =
  | (TagRuleBase & { readonly type: "ref"; readonly event: "branch" | "tag" | "pr" })
  | VersionRule
  | MatchRule
  | (TagRuleBase & {
      readonly type: "edge";
      /** By default the default branch. */
      readonly branch: string | undefined;
    })
  | (TagRuleBase & { readonly type: "sha"; readonly format: "short" | "long" })
  | (TagRuleBase & { readonly type: "raw"; readonly value: string })
  | (TagRuleBase & { readonly type: "schedule"; readonly pattern: string });

export interface VersionRule extends TagRuleBase {
  readonly type: "semver" | "pep440";
  /** A template, such as `{{major}}.{{minor}}`. */
  readonly pattern: string;
  /** By default the git tag. */
  readonly value: string | undefined;
  /** Its first group is the version. */
  readonly match: TagPattern | undefined;
}

export interface MatchRule extends TagRuleBase {
  readonly type: "match";
  readonly pattern: TagPattern;
  /** The group of `pattern` that the tag is made of; 0 is all that matches. */
  readonly group: number;
  /** By default the git tag. */
  readonly value: string | undefined;
}

/** A regular expression, compiled only to match: that has a time limit. */
export interface TagPattern {
  /** As it was written. */
  readonly text: string;
  readonly source: string;
  readonly flags: string;
}

/** docker/metadata-action's `flavor`. */
export interface Flavor {
  readonly latest: "auto" | "true" | "false";
  readonly prefix: string;
  readonly prefixLatest: boolean;
  /** Whether `{name}` or a `{field}` is in the prefix. */
  readonly prefixNamed: boolean;
  readonly suffix: string;
  readonly suffixLatest: boolean;
  readonly suffixNamed: boolean;
}

export interface Refresh {
  /** The build argument that passes the epoch. */
  readonly arg: string;
  /** `command`: the epoch is the first line of a command's output. */
  readonly every: "week" | "day" | "hour" | "command";
  readonly command: string | undefined;
}

/** Whether an SBOM is attached, and the image that makes it if that is not BuildKit's default. */
export type Sbom = boolean | { readonly generator: string };

export interface FileFilter {
  readonly glob: string;
  readonly as: Normaliser;
}

/** One image that the repository ships. */
export interface Variant {
  readonly name: string;
  /** The suffix of published tags: `-name`, or nothing for the variant `core`. */
  readonly suffix: string;
  /** Where it is published: by its own `publish`, or else the config's. None: it is not. */
  readonly publish: readonly PublishTarget[];
  /** Where an untrusted run publishes it: repositories that no run builds from. */
  readonly preview: readonly PublishTarget[];
  /** Its path, from the config's folder; of an inline one, what messages call it. */
  readonly dockerfile: string;
  /** The text of an inline Dockerfile, which has no file. */
  readonly dockerfileInline: string | undefined;
  readonly context: string;
  readonly target: string | undefined;
  readonly platforms: readonly Platform[];
  readonly args: Readonly<Record<string, string>>;
  /**
   * Arguments for one platform, keyed as `formatPlatform` spells it, with those for its runner; they
   * override `args`.
   */
  readonly platformArgs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Named contexts: `--build-context name=value`. */
  readonly contexts: Readonly<Record<string, string>>;
  /** References, never values: `id=npm,env=NPM_TOKEN`, `id=key,src=key.pem`. */
  readonly secrets: readonly string[];
  /** `default`, or `id=socket`. */
  readonly ssh: readonly string[];
  /** Globs that narrow what the leg depends on. Empty: everything that it reads. */
  readonly inputs: readonly string[];
  /** Which part of a file counts, by glob below the context; the first match applies. */
  readonly filters: readonly FileFilter[];
  /** Cache mounts to keep in the cache repository, by id or target; true: all of them. */
  readonly mounts: true | readonly string[];
  readonly network: "default" | "none" | "host" | undefined;
  readonly shmSize: string | undefined;
  readonly ulimits: readonly string[];
  /** BuildKit entitlements: `--allow`. */
  readonly allow: readonly string[];
  readonly addHosts: readonly string[];
  readonly sbom: Sbom;
  /** `auto`: `mode=max` if trusted, otherwise `mode=min`. */
  readonly provenance: "auto" | "max" | "min" | "false";
  /** The CI runner for a platform; by default the config's. */
  readonly runners: Readonly<Record<string, string>>;
  /** Undefined: the config's cache. */
  readonly cache: OwnCache | undefined;
  /**
   * Labels whose values an imported file computes again in each plan, such as with `timestamp()`.
   */
  readonly movingLabels: readonly string[];
  /** 1-based line in the file, for messages. */
  readonly line: number;
}
