import type { Mapping } from "./document/values.ts";
import type { Trigger } from "./events/event.ts";
import type { CacheMode } from "./grants/cache-mode.ts";
import type { Permissions } from "./grants/permissions.ts";

export type Result = "success" | "failure" | "cancelled" | "skipped";

export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: string;
}

export interface StepRecord {
  readonly id: string | undefined;
  readonly name: string;
  readonly outcome: Result;
  /** The outcome, with `continue-on-error` taken into account. */
  readonly conclusion: Result;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface JobRecord {
  /** The job's id, after those of the jobs that called its workflow: `images / build`. */
  readonly id: string;
  /** As the run's page shows it: `images / build (linux, amd64)`. */
  readonly name: string;
  readonly matrix: Mapping;
  readonly result: Result;
  /** The result as the jobs that need it see it, `continue-on-error` taken into account. */
  readonly conclusion: Result;
  readonly runsOn: readonly string[];
  readonly permissions: Permissions;
  readonly cacheMode: CacheMode;
  readonly concurrency: unknown;
  readonly timeoutMinutes: unknown;
  readonly steps: readonly StepRecord[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  /** The Markdown of all steps. */
  readonly summary: string;
  /** What the steps printed, masked. */
  readonly log: string;
  /** In which attempt of the run it ran. */
  readonly attempt: number;
}

export interface RunRecord {
  /** Whether the workflow's `on` lets the event start a run. */
  readonly started: boolean;
  readonly result: Result;
  readonly attempt: number;
  readonly trigger: Trigger;
  readonly concurrency: unknown;
  readonly jobs: readonly JobRecord[];
  /** The folder of each artifact, by name. */
  readonly artifacts: Readonly<Record<string, string>>;
}

/** One job of a run by its name; throws if there is none, with the names that there are. */
export function jobOf({ jobs }: RunRecord, name: string): JobRecord {
  const found = jobs.find((job) => job.name === name);
  if (found !== undefined) return found;
  throw new Error(`no job ${name}, only ${jobs.map((job) => job.name).join(", ")}`);
}

/** The result of each job by its name. */
export function resultsOf({ jobs }: RunRecord): Readonly<Record<string, Result>> {
  return Object.fromEntries(jobs.map(({ name, result }) => [name, result]));
}

/** The combined result of several jobs, for a matrix or a called workflow. */
export function worstOf(results: readonly Result[]): Result {
  const order = ["failure", "cancelled", "success"] as const;
  return order.find((result) => results.includes(result)) ?? "skipped";
}
