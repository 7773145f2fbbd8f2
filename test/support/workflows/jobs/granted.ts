import type { Job } from "../document/workflow.ts";
import { WorkflowError } from "../errors.ts";
import { cacheGrant } from "../grants/cache-mode.ts";
import {
  type Permissions,
  beyond,
  forFork,
  permissionsOf,
  restricted,
} from "../grants/permissions.ts";
import type { CalledWorkflow } from "./called.ts";

/**
 * What a job asks its token to do. The job's `permissions` win over the workflow's; without both it
 * has its caller's, or the repository's default. Throws if a called job asks for more than its
 * caller has: GitHub does not start such a run.
 */
export function requestedBy({ run, workflow, caller }: CalledWorkflow, job: Job): Permissions {
  const asked = permissionsOf(job.permissions) ?? permissionsOf(workflow.permissions);
  if (caller === undefined) return asked ?? run.options.defaultPermissions ?? restricted;
  if (asked === undefined) return caller.permissions;
  const excess = beyond(asked, caller.permissions);
  if (excess.length === 0) return asked;
  throw new WorkflowError(
    `${workflow.path}: job ${job.id} is requesting ${excess.join(", ")}, which its caller does not grant`,
  );
}

/** What the token may do in this run. */
export function grantedTo(called: CalledWorkflow, job: Job): Permissions {
  const requested = requestedBy(called, job);
  return called.run.trigger.fromFork ? forFork(requested) : requested;
}

export function cacheGrantOf(
  { run, workflow, caller }: CalledWorkflow,
  job: Job,
): ReturnType<typeof cacheGrant> {
  const keys = { job: job.cacheMode, workflow: workflow.cacheMode };
  return cacheGrant(keys, run.trigger.readOnlyCaches, caller?.cacheMode);
}
