import { UsageError } from "../../errors.ts";
import { type CacheType, cacheTypes } from "../config.ts";
import { eitherOf, suggest } from "../../nearest.ts";

export type CacheSide = "export" | "import";

export interface CacheOption {
  readonly sides: readonly CacheSide[];
  /** The kind of its value, or the allowed words. */
  readonly value: "text" | "flag" | "number" | "positive" | readonly string[];
  readonly description: string;
}

const onExport: readonly CacheSide[] = ["export"];
const onImport: readonly CacheSide[] = ["import"];
const onBoth: readonly CacheSide[] = ["export", "import"];

function option(
  sides: readonly CacheSide[],
  value: CacheOption["value"],
  description: string,
): CacheOption {
  return { sides, value, description };
}

const common = {
  mode: option(
    onExport,
    ["min", "max"],
    "What to export. Default: max, which includes the layers of earlier stages.",
  ),
  "ignore-error": option(onExport, "flag", "Whether BuildKit ignores a failed export."),
};

const compressed = {
  compression: option(
    onExport,
    ["gzip", "zstd", "estargz", "uncompressed"],
    "How layers are compressed. Default: gzip.",
  ),
  "compression-level": option(
    onExport,
    "number",
    "The compression level: 0 to 9 for gzip and estargz, 0 to 22 for zstd.",
  ),
  "force-compression": option(onExport, "flag", "Whether existing layers are compressed again."),
};

const manifestForm = {
  "image-manifest": option(
    onExport,
    "flag",
    "Whether to write the cache as an image manifest, which every registry accepts, instead of an index.",
  ),
  "oci-mediatypes": option(
    onExport,
    "flag",
    "Whether OCI media types are used instead of Docker's.",
  ),
};

const objectStore = {
  prefix: option(onBoth, "text", "The prefix of all keys in the store."),
  blobs_prefix: option(
    onBoth,
    "text",
    "The prefix of blob keys, appended to the option prefix. Default: blobs/.",
  ),
  manifests_prefix: option(
    onBoth,
    "text",
    "The prefix of manifest keys, appended to the option prefix. Default: manifests/.",
  ),
};

/**
 * Every attribute of BuildKit's cache exporters and importers that a config may set, by type
 * (moby/buildkit, cache/remotecache). Attributes that Layerkeep sets itself are in `madeOptions`,
 * and secrets in `secretOptions`.
 */
export const cacheOptions: Readonly<Record<CacheType, Readonly<Record<string, CacheOption>>>> = {
  registry: {
    ...common,
    ...manifestForm,
    ...compressed,
    "registry.insecure": option(
      onBoth,
      "flag",
      "Allow plain HTTP, and TLS with an unverified certificate.",
    ),
  },
  local: {
    ...common,
    ...manifestForm,
    ...compressed,
    dest: option(
      onExport,
      "text",
      "The folder that caches are written to, each in its own subfolder.",
    ),
    src: option(onImport, "text", "The folder that caches are read from. Default: dest."),
    tag: option(onBoth, "text", "The tag in the folder's index. Default: latest."),
    digest: option(onImport, "text", "The digest of the manifest to import."),
    reset: option(onExport, "flag", "Whether to delete blobs that the new cache does not use."),
  },
  inline: {},
  gha: {
    ...common,
    timeout: option(onBoth, "text", "How long to wait for the service. Default: 10m."),
    url: option(onBoth, "text", "The URL of the cache service, version 1."),
    url_v2: option(onBoth, "text", "The URL of the cache service, version 2."),
    version: option(onBoth, ["1", "2"], "The version of the cache service."),
    repository: option(onBoth, "text", "The repository of the cache, for use with ghtoken."),
  },
  s3: {
    ...common,
    ...objectStore,
    bucket: option(onBoth, "text", "The bucket."),
    region: option(onBoth, "text", "The bucket's region."),
    endpoint_url: option(onBoth, "text", "The URL of an S3 service other than Amazon's."),
    use_path_style: option(
      onBoth,
      "flag",
      "Whether the bucket is in the path instead of the host.",
    ),
    touch_refresh: option(
      onExport,
      "text",
      "How old a blob can get before its timestamp is refreshed. Default: 24h.",
    ),
    upload_parallelism: option(
      onExport,
      "positive",
      "How many parts of a layer are uploaded at once. Default: 4.",
    ),
    disable_accept_encoding: option(
      onBoth,
      "flag",
      "Whether to omit Accept-Encoding from signed requests, as Google Cloud Storage requires.",
    ),
    retry_mode: option(onBoth, ["standard", "adaptive"], "How to retry failed requests."),
    retry_max_attempts: option(onBoth, "positive", "The maximum number of attempts for a request."),
  },
  azblob: {
    ...common,
    ...objectStore,
    account_url: option(onBoth, "text", "The address of the storage account."),
    account_name: option(onBoth, "text", "The name of the storage account."),
    container: option(onBoth, "text", "The container. Default: buildkit-cache."),
  },
};

/** Attributes that are set for each leg, and the key of `cache` that each is made from. */
export const madeOptions: Readonly<Partial<Record<CacheType, Readonly<Record<string, string>>>>> = {
  registry: { ref: "repository and tag" },
  gha: { scope: "tag" },
  s3: { name: "tag" },
  azblob: { name: "tag" },
};

/** Attributes that would put a secret into the file, the plan and an argument list. */
export const secretOptions: ReadonlySet<string> = new Set([
  "token",
  "ghtoken",
  "access_key_id",
  "secret_access_key",
  "session_token",
]);

/** Where to put a cache's secret instead. */
export function secretHint(type: CacheType): string {
  if (type === "azblob") {
    return "BuildKit reads the key for azblob only from this attribute, so it would not stay secret. Give the engine an identity instead: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET in its environment, or use a managed identity";
  }
  if (type === "s3") {
    return "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN in the build's environment, or a profile with AWS_PROFILE";
  }
  if (type === "gha") return "set ACTIONS_RUNTIME_TOKEN in the build's environment instead";
  return "set it in the engine's environment";
}

const requiredOptions: Readonly<Partial<Record<CacheType, readonly string[]>>> = {
  registry: ["ref"],
  local: ["src"],
  s3: ["bucket", "region"],
  azblob: ["account_url"],
};

/** Parses a cache type. Throws a usage error that lists the allowed ones. */
export function parseCacheType(text: string): CacheType {
  const type = cacheTypes.find((known) => known === text);
  if (type === undefined) {
    throw new UsageError(`"${text}" is not a valid cache type`, {
      hint: suggest(text, cacheTypes),
    });
  }
  return type;
}

/** Throws a usage error if the option does not allow the value. */
export function checkCacheValue(name: string, value: string, option: CacheOption): void {
  const allowed =
    typeof option.value === "object" ? option.value : option.value === "flag" ? flags : undefined;
  if (allowed !== undefined && !allowed.includes(value)) {
    throw new UsageError(`${name} must be ${eitherOf(allowed)}, not "${value}"`);
  }
  if (option.value === "number" && !/^\d{1,9}$/.test(value)) {
    throw new UsageError(`${name} must be a number, not "${value}"`);
  }
  if (option.value === "positive" && !/^0*[1-9]\d{0,8}$/.test(value)) {
    throw new UsageError(`${name} must be a number greater than 0, not "${value}"`);
  }
  if (value === "") throw new UsageError(`${name} is empty`);
}

/** Throws a usage error if an import lacks what its type needs. */
export function checkRequired(type: CacheType, has: (name: string) => boolean): void {
  const missing = (requiredOptions[type] ?? []).filter((name) => !has(name));
  if (missing.length > 0) throw new UsageError(`type=${type} needs ${missing.join(" and ")}`);
}

const flags = ["true", "false"];
