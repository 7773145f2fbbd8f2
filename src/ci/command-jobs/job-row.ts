import type { JobCache, JobEntry } from "../../config/jobs/job-config.ts";

/** What the keys of an entry's caches depend on; undefined: the entry has no such cache. */
export type CacheKeys = Readonly<Partial<Record<JobCache["kind"], string>>>;

/** An entry of a job as a row of a CI's matrix. */
export interface JobRow {
  readonly name: string;
  readonly runner: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
  readonly artifacts: string | undefined;
  /** Of its caches: the refresh period, such as `2026-W47`. */
  readonly epoch: string;
  readonly keys: CacheKeys;
}

export function rowOf(entry: JobEntry, epoch: string, keys: CacheKeys): JobRow {
  const { name, runner, run, env, artifacts } = entry;
  return { name, runner, run, env, artifacts, epoch, keys };
}
