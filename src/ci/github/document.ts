/* The parts of GitHub's workflow syntax that generated workflows use. */

export type Value = string | number | boolean | readonly Value[] | Mapping | undefined;

export interface Mapping {
  readonly [key: string]: Value;
}

/** Access to GitHub's cache service (GitHub's changelog, 2026-09-10). */
export type CacheMode = "read" | "write" | "none";

export type Permissions = Readonly<Partial<Record<"contents" | "packages", "read" | "write">>>;

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string | undefined;
  readonly uses?: string;
  readonly with?: Mapping;
  readonly env?: Mapping | undefined;
  readonly shell?: string;
  readonly run?: string;
}

export interface Job {
  readonly name?: string;
  readonly needs?: readonly string[];
  readonly if?: string | undefined;
  readonly strategy?: { readonly "fail-fast": false; readonly matrix: string };
  readonly "runs-on": string;
  readonly permissions: Permissions;
  readonly "cache-mode"?: CacheMode | undefined;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly env?: Mapping | undefined;
  readonly steps: readonly Step[];
}

export interface Concurrency {
  readonly group: string;
  /** `max`: up to 100 runs wait; refused together with `cancel-in-progress: true`. */
  readonly queue?: "max";
  readonly "cancel-in-progress"?: boolean;
}

export interface Workflow {
  readonly name: string;
  readonly on: Mapping;
  readonly permissions: Permissions;
  readonly "cache-mode"?: CacheMode;
  readonly concurrency: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}
