import type { Blueprint } from "./blueprints/blueprint.ts";
import type { Job, Workflow } from "./document.ts";
import { buildJobs } from "./jobs/build-jobs.ts";
import { commandJobs } from "./jobs/command-jobs.ts";
import { gateJob } from "./jobs/gate-job.ts";
import { planJob } from "./jobs/plan-job.ts";
import { pruneJob } from "./jobs/prune-job.ts";
import { publishJob } from "./jobs/publish-job.ts";

/** The workflow of a blueprint: plan, build level by level, publish, and a gate over all of it. */
export function workflowOf(blueprint: Blueprint): Workflow {
  const { name, on, concurrency, publish, prune, buildCache } = blueprint;
  const builds = buildJobs(blueprint);
  const work: Record<string, Job> = {
    plan: planJob(blueprint),
    ...builds,
    ...commandJobs(blueprint),
    ...(publish === undefined
      ? {}
      : { publish: publishJob(blueprint, publish, Object.keys(builds)) }),
    ...(prune === undefined ? {} : { prune: pruneJob(blueprint, prune) }),
  };
  const jobs = { ...work, gate: gateJob(blueprint, Object.keys(work)) };
  const head = { name, on, permissions: {} };
  if (buildCache !== undefined) return { ...head, "cache-mode": "none", concurrency, jobs };
  return { ...head, concurrency, jobs: withoutCache(jobs, Object.keys(builds)) };
}

/** For jobs but these, no access to GitHub's cache. */
function withoutCache(
  jobs: Readonly<Record<string, Job>>,
  except: readonly string[],
): Record<string, Job> {
  return Object.fromEntries(
    Object.entries(jobs).map(([id, { steps, ...job }]) => [
      id,
      except.includes(id) ? { ...job, steps } : { ...job, "cache-mode": "none", steps },
    ]),
  );
}
