import type {
  CacheConfig,
  Config,
  Flavor,
  PublishTarget,
  Variant,
} from "../../src/config/config.ts";
import type { CiConfig } from "../../src/config/ci/ci-config.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import type { Context, GitFacts } from "../../src/trust/context.ts";
import { legNames, type LegNames } from "../../src/plan/names.ts";

/** A config as the loader gives it, with nothing in it but what is changed. */
export function configOf(changes: Partial<Config> = {}): Config {
  return {
    file: "/repo/layerkeep.yml",
    root: "/repo",
    branches: { default: undefined, release: [] },
    cache: cacheOf(),
    refresh: undefined,
    holdPins: false,
    builders: {},
    runners: {},
    logs: true,
    insecure: [],
    credentials: [],
    ci: ciOf(),
    jobs: [],
    dirs: [],
    variants: [variantOf("app")],
    warnings: [],
    ...changes,
  };
}

/** A config without `ci:`. */
export function ciOf(changes: Partial<CiConfig> = {}): CiConfig {
  const schedule = { refresh: undefined, stale: "41 4 * * *", prune: undefined };
  return { logins: {}, schedule, freeDisk: "false", cacheBudget: 10e9, dispatch: {}, ...changes };
}

export function cacheOf(changes: Partial<CacheConfig> = {}): CacheConfig {
  return {
    repository: parseRepository("ghcr.io/acme/cache"),
    scratch: undefined,
    type: "registry",
    tag: "cache{suffix}-{platform}",
    exportOptions: { mode: "max" },
    importOptions: {},
    from: [],
    writeOnTags: false,
    retention: {
      orphaned: undefined,
      unused: undefined,
      legs: undefined,
      maxSize: undefined,
      grace: 86_400_000,
      dirs: { olderThan: undefined, keepLast: undefined, maxSize: undefined },
    },
    ...changes,
  };
}

/** A variant on linux/amd64, built from the Dockerfile of the folder that the config is in. */
export function variantOf(
  name: string,
  { platforms = ["linux/amd64"], ...changes }: VariantChanges = {},
): Variant {
  return {
    name,
    suffix: name === "core" ? "" : `-${name}`,
    publish: [],
    preview: [],
    dockerfile: "Dockerfile",
    dockerfileInline: undefined,
    context: ".",
    target: undefined,
    platforms: platforms.map(parsePlatform),
    args: {},
    platformArgs: {},
    labels: {},
    contexts: {},
    secrets: [],
    ssh: [],
    inputs: [],
    filters: [],
    mounts: [],
    network: undefined,
    shmSize: undefined,
    ulimits: [],
    allow: [],
    addHosts: [],
    sbom: false,
    provenance: "auto",
    runners: {},
    cache: undefined,
    movingLabels: [],
    line: 1,
    ...changes,
  };
}

export type VariantChanges = Partial<Omit<Variant, "platforms">> & {
  readonly platforms?: readonly string[];
};

/** The names of a variant on a platform, by the default template. */
export function namesOf(variant: string, platform: string): LegNames {
  return legNames(variantOf(variant), parsePlatform(platform), "cache{suffix}-{platform}");
}

/** A push to the default branch on GitHub. */
export function contextOf(changes: Partial<Context> = {}): Context {
  return {
    provider: "github",
    event: "push",
    ref: "refs/heads/main",
    branch: "main",
    tag: undefined,
    commit: "c".repeat(40),
    head: "c".repeat(40),
    commitDate: "2026-11-21T03:00:00Z",
    defaultBranch: "main",
    baseBranch: undefined,
    pullRequest: undefined,
    branchesWithCommit: undefined,
    source: "https://github.com/acme/app",
    run: undefined,
    dirty: false,
    ...changes,
  };
}

/** What a shallow checkout of a commit says, on no branch. */
export function gitFacts(changes: Partial<GitFacts> = {}): GitFacts {
  return {
    root: "/src",
    head: "c".repeat(40),
    commitDate: "2026-11-21T04:00:00Z",
    branch: undefined,
    tags: [],
    dirty: false,
    remoteUrl: "https://git.example.com/acme/app",
    defaultBranch: undefined,
    shallow: true,
    ...changes,
  };
}

const flavor: Flavor = {
  latest: "auto",
  prefix: "",
  prefixLatest: false,
  prefixNamed: false,
  suffix: "",
  suffixLatest: false,
  suffixNamed: false,
};

export function targetOf(repository: string, changes: Partial<PublishTarget> = {}): PublishTarget {
  return { repository, suffix: "", tags: [], flavor, shape: "index", annotations: {}, ...changes };
}

/** What a config without `branches:` says of trust. */
export const noClaims = { default: undefined, release: [], writeOnTags: false };
