/** `ci`: what generated workflows do besides building and publishing. */
export interface CiConfig {
  /** By host, as references name it (`docker.io`). */
  readonly logins: Readonly<Record<string, RegistryLogin>>;
  readonly schedule: CiSchedule;
  /** `true`: before each build; a size such as `40GB`: only if less is free. */
  readonly freeDisk: string;
  readonly jobCaches: JobCacheStore;
  /** Bytes that the CI's own cache may hold. */
  readonly cacheBudget: number;
  /** Variables of the config that are inputs when a run is started by hand, by name. */
  readonly dispatch: Readonly<Record<string, DispatchInput>>;
}

export const jobCacheStores = ["github", "registry"] as const;

/** Where the caches of `jobs` are: in GitHub's cache, or in the cache repository. */
export type JobCacheStore = (typeof jobCacheStores)[number];

/** Names of secrets (GitHub) or variables (GitLab), never secrets. */
export interface SecretNames {
  readonly username: string;
  readonly password: string;
}

export interface RegistryLogin extends SecretNames {
  /** For runs that are not trusted. */
  readonly read: SecretNames | undefined;
}

/** Cron expressions in UTC; undefined: never. */
export interface CiSchedule {
  readonly refresh: string | undefined;
  readonly stale: string | undefined;
  readonly prune: string | undefined;
}

export interface DispatchInput {
  readonly description: string | undefined;
  readonly default: string;
}
