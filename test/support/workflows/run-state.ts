import type { Mapping } from "./document/values.ts";
import type { Trigger } from "./events/event.ts";
import type { Repository } from "./events/repository.ts";
import type { CacheMode } from "./grants/cache-mode.ts";
import type { Permissions } from "./grants/permissions.ts";
import type { JobRecord, RunRecord } from "./record.ts";
import type { StandIn } from "./stand-ins/stand-in.ts";

/** A moment of a run: a step begins (`line` is undefined), or prints a line. */
export interface Moment {
  readonly job: string;
  readonly step: string;
  readonly line: string | undefined;
}

/** What a job is granted, for services that decide by its token. */
export interface Grant {
  readonly job: string;
  readonly token: string;
  readonly permissions: Permissions;
  readonly cacheMode: CacheMode;
  readonly trigger: Trigger;
}

/** What a run is made of beside the event. */
export interface RunOptions {
  readonly repository: Repository;
  /** Other repositories by `owner/name`: of actions and of reusable workflows, whatever the ref. */
  readonly repositories?: Readonly<Record<string, string>>;
  /** The path of the workflow in the repository. */
  readonly workflow: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** The machine's environment for every step, beside `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Called for each job before its first step; gives what only actions see of the environment, such
   * as `ACTIONS_RUNTIME_TOKEN`.
   */
  readonly onGrant?: (grant: Grant) => Readonly<Record<string, string>>;
  /** The token of jobs whose workflow does not set permissions. */
  readonly defaultPermissions?: Permissions;
  /** Called at each moment; the run is cancelled when it returns true. */
  readonly cancelAt?: (moment: Moment) => boolean;
  /** Multiplies the waits between signals; 1 gives GitHub's own. */
  readonly timeScale?: number;
  /** Where `actions/cache` keeps its entries; pass the same folder to share them between runs. */
  readonly caches?: string;
  /** Beside or instead of the built-in ones, by `owner/name` or `owner/name/path`. */
  readonly standIns?: Readonly<Record<string, StandIn>>;
  /** Where all that a run leaves is put. */
  readonly folder: string;
}

/** The state of one attempt of a run. */
export interface RunState {
  readonly options: RunOptions;
  readonly trigger: Trigger;
  readonly attempt: number;
  readonly runId: string;
  readonly inputs: Mapping;
  /** Aborted when the run is cancelled. */
  readonly cancellation: AbortController;
  /** The folders of artifacts by name; those of earlier attempts are in `earlier`. */
  readonly artifacts: Map<string, string>;
  readonly earlier: RunRecord | undefined;
  readonly jobs: JobRecord[];
  /** A folder that nothing else uses. */
  readonly newFolder: (name: string) => string;
}
