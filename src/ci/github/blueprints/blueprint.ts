import type { JobConfig } from "../../../config/jobs/job-config.ts";
import type { CacheMode, Concurrency, Mapping, Permissions, Step } from "../document.ts";

/** What a job needs before it can ask the registries. */
export interface Login {
  readonly permissions: Permissions;
  /** Which secrets exist, without their values, for the conditions of steps. */
  readonly env?: Mapping | undefined;
  readonly steps: readonly Step[];
}

/** One kind of job, as far as workflows differ in it. */
export interface JobSetting {
  readonly login: Login;
  /** Inputs of `actions/checkout`. */
  readonly checkout: Mapping;
  /** Of the step that runs Layerkeep: variables with secrets. */
  readonly env?: Mapping | undefined;
}

/** The config's `jobs`. */
interface Commands {
  readonly jobs: readonly JobConfig[];
  /**
   * When they save caches in GitHub's cache: the inside of an expression. Undefined: never.
   */
  readonly trusted: string | undefined;
  /** How those with directory caches reach the cache repository. */
  readonly dirs: DirAccess;
}

/** What a job needs before it can ask the cache repository for directory caches. */
interface DirAccess {
  readonly permissions: Permissions;
  readonly checkout: Mapping;
  /** Inputs of the action: a login, since not every runner has Docker to log in with. */
  readonly login: Mapping;
  /** Variables with secrets. */
  readonly env: Mapping | undefined;
}

/** What workflows differ in; `workflowOf` makes the jobs of it. */
export interface Blueprint {
  readonly name: string;
  /** The name of the gate: the one check that branch protection requires. */
  readonly check: string;
  /** The name of the artifact that the plan travels in. */
  readonly artifact: string;
  readonly on: Mapping;
  readonly concurrency: Concurrency;
  /**
   * What build jobs may do with GitHub's cache; other jobs have no access. Undefined: what GitHub
   * allows for the event.
   */
  readonly buildCache: CacheMode | undefined;
  /** The ref of our own actions: `v1.2.3`. */
  readonly ref: string;
  /** The runner of jobs that do not build. */
  readonly runner: string;
  /** How many levels of build jobs there are, and how many matrices each level has. */
  readonly levels: number;
  readonly shards: number;
  /** Inputs of all our actions: which config, and its variables. */
  readonly given: Mapping;
  /** Further inputs of the action `plan`. */
  readonly planGiven: Mapping;
  readonly freeDisk: string;
  /** Whether the builder is the one that `setup` finds, and not one that the config names. */
  readonly ownBuilder: boolean;
  /** Whether a runner may have to emulate a platform. */
  readonly emulates: boolean;
  readonly plan: JobSetting;
  readonly build: JobSetting;
  /** Undefined if the workflow never publishes. */
  readonly publish: JobSetting | undefined;
  readonly commands: Commands;
  readonly prune: (JobSetting & { readonly cron: string }) | undefined;
}
