import type { Mapping } from "../document/values.ts";
import type { Workflow } from "../document/workflow.ts";
import type { CacheMode } from "../grants/cache-mode.ts";
import type { Permissions } from "../grants/permissions.ts";
import type { RunState } from "../run-state.ts";
import type { WorkflowSource } from "./workflow-source.ts";

/** A workflow file of a run: the one that the event started, or one that a job calls. */
export interface CalledWorkflow {
  readonly run: RunState;
  readonly workflow: Workflow;
  /** Where `./` of its `uses` is. */
  readonly source: WorkflowSource;
  readonly inputs: Mapping;
  readonly secrets: Readonly<Record<string, string>>;
  readonly caller: Caller | undefined;
}

/** The job that calls a workflow. */
export interface Caller {
  /** Before the ids and names of the called jobs: `images / `. */
  readonly idPrefix: string;
  readonly namePrefix: string;
  readonly permissions: Permissions;
  readonly cacheMode: CacheMode;
  readonly depth: number;
  /** In a re-run: a job that the caller needs ran again, so all of this one does. */
  readonly runAgain: boolean;
}
