import type { Platform } from "../oci/platform.ts";
import type { Repository } from "../oci/reference.ts";
import type { Normaliser } from "./variants/filters.ts";

/**
 * `layerkeep.yml`, loaded: variables substituted, defaults inherited, the matrix multiplied,
 * every cross-field rule held. Paths are relative to `root`, with `/` between their parts.
 */
export interface Config {
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute path of the folder that the config's paths start from: the file's own. */
  readonly root: string;
  readonly branches: Branches;
  readonly cache: CacheConfig;
  readonly publish: readonly PublishTarget[];
  readonly refresh: Refresh | undefined;
  /** The buildx builder for a platform, as `formatPlatform` spells it. */
  readonly builders: Readonly<Record<string, string>>;
  /** The CI runner (`runs-on`) for a platform. */
  readonly runners: Readonly<Record<string, string>>;
  /** Hosts that plain HTTP, or TLS without a check of its certificate, is allowed for. */
  readonly insecure: readonly string[];
  /** Which environment variables hold credentials; the user's Docker credentials for the rest. */
  readonly credentials: readonly CredentialEntry[];
  readonly variants: readonly Variant[];
  /** What the files that it imports say and Layerkeep does not carry over, or what in them moves. */
  readonly warnings: readonly string[];
}

export interface CredentialEntry {
  /** `quay.io`, `quay.io/acme/*` (all below it) or `quay.io/acme/app`. No two are the same. */
  readonly repository: string;
  /** Names of variables, never secrets. */
  readonly variables:
    | { readonly kind: "basic"; readonly username: string; readonly password: string }
    /** `bearer`: sent as it is; `identity`: exchanged for a token at the registry's endpoint. */
    | { readonly kind: "bearer" | "identity"; readonly token: string };
}

export interface Branches {
  /** Undefined: whatever the context says. */
  readonly default: string | undefined;
  /** Globs of branches that are trusted like the default branch. */
  readonly release: readonly string[];
}

export const cacheTypes = ["registry", "local", "inline", "gha", "s3", "azblob"] as const;
export type CacheType = (typeof cacheTypes)[number];

export interface CacheConfig {
  /** Where staged legs and logs are stored, and caches of type `registry`. Undefined: the embedded registry. */
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
  /** Further caches to read, as `--cache-from` takes them; `{suffix}`, `{name}` and `{platform}` are replaced. */
  readonly from: readonly string[];
  /** Whether builds of release tags write caches, too. */
  readonly writeOnTags: boolean;
  readonly retention: Retention;
}

/** What `layerkeep cache prune` deletes. Times are milliseconds since a thing was last needed. */
export interface Retention {
  /** Caches, staged builds and logs of no leg. Undefined: they stay. */
  readonly orphaned: number | undefined;
  /** Caches of legs. Undefined: they stay. */
  readonly unused: number | undefined;
  /** So many of the newest builds of a leg stay. Undefined: all. */
  readonly legs: number | undefined;
  /** Bytes; where there are more, the caches that were needed longest ago go. */
  readonly maxSize: number | undefined;
  /** What is younger stays in any case, since it may be in use. */
  readonly grace: number;
}

export interface PublishTarget {
  /** May hold `{name}`, the variant's name. */
  readonly repository: string;
  readonly tags: readonly TagRule[];
  readonly flavor: Flavor;
  readonly shape: "index" | "manifest";
  /** Annotations of the index; from the context where none is given. */
  readonly annotations: Readonly<Record<string, string>>;
}

interface TagRuleBase {
  /** A literal, or an expression such as `{{is_default_branch}}`. */
  readonly enable: string;
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
  /** Higher comes first. */
  readonly priority: number;
}

/** The tag rules of docker/metadata-action, in its words. */
export type TagRule =
  | (TagRuleBase & { readonly type: "ref"; readonly event: "branch" | "tag" | "pr" })
  | (TagRuleBase & {
      readonly type: "semver";
      readonly pattern: string;
      readonly value: string | undefined;
    })
  | (TagRuleBase & { readonly type: "sha"; readonly format: "short" | "long" })
  | (TagRuleBase & { readonly type: "raw"; readonly value: string })
  | (TagRuleBase & { readonly type: "schedule"; readonly pattern: string });

/** docker/metadata-action's `flavor`. */
export interface Flavor {
  readonly latest: "auto" | "true" | "false";
  readonly prefix: string;
  readonly prefixLatest: boolean;
  readonly suffix: string;
  readonly suffixLatest: boolean;
}

export interface Refresh {
  /** The build argument that the epoch is given as. */
  readonly arg: string;
  /** `command`: the epoch is a command's first line of output. */
  readonly every: "week" | "day" | "hour" | "command";
  readonly command: string | undefined;
}

export interface FileFilter {
  readonly glob: string;
  readonly as: Normaliser;
}

/** One image that the repository ships. */
export interface Variant {
  readonly name: string;
  /** What published tags end with: `-name`, and nothing for the variant `core`. */
  readonly suffix: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly target: string | undefined;
  readonly platforms: readonly Platform[];
  readonly args: Readonly<Record<string, string>>;
  /** Arguments of one platform, by platform as `formatPlatform` spells it; they go before `args`. */
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
  /** What of a file counts, by glob below the context; the first that matches. */
  readonly filters: readonly FileFilter[];
  readonly network: "default" | "none" | "host" | undefined;
  readonly shmSize: string | undefined;
  readonly ulimits: readonly string[];
  /** BuildKit entitlements: `--allow`. */
  readonly allow: readonly string[];
  readonly addHosts: readonly string[];
  readonly sbom: boolean;
  /** `auto`: `mode=max` where trusted, `mode=min` elsewhere. */
  readonly provenance: "auto" | "max" | "min" | "false";
  /** The CI runner for a platform; where it has none, the config's. */
  readonly runners: Readonly<Record<string, string>>;
  /** Labels whose values an imported file makes again in each plan, such as with `timestamp()`. */
  readonly movingLabels: readonly string[];
  /** Line in the file, 1-based, for messages. */
  readonly line: number;
}
