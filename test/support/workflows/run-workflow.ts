import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { parseWorkflowFile } from "./document/parse-workflow.ts";
import { mapping } from "./document/values.ts";
import type { Workflow } from "./document/workflow.ts";
import type { GithubEvent, Trigger } from "./events/event.ts";
import { startsRun } from "./events/filters.ts";
import { declaredInputs } from "./events/inputs.ts";
import { triggerOf } from "./events/trigger.ts";
import { interpolate } from "./expressions/evaluate.ts";
import { checkCalls } from "./jobs/call-workflow.ts";
import { githubContext } from "./jobs/contexts.ts";
import { runJobs } from "./jobs/run-jobs.ts";
import { atCommit } from "./jobs/workflow-source.ts";
import { type RunRecord, worstOf } from "./record.ts";
import type { RunOptions, RunState } from "./run-state.ts";
import { textEnv } from "./steps/environment.ts";

/**
 * Runs a repository's workflow for an event as GitHub Actions does, without a network: the file as
 * it is in the event's commit, checked by GitHub's parser, its expressions evaluated by GitHub's
 * library. Throws a {@link WorkflowError} for a workflow that GitHub would not start.
 */
export function runWorkflow(options: RunOptions, event: GithubEvent): Promise<RunRecord> {
  return attempt(options, triggerOf(options.repository, event), undefined);
}

/**
 * "Re-run failed jobs": those that failed or were cancelled, and the jobs that need them. The others
 * keep their outputs, and the run its artifacts. Secrets and variables are those of now.
 */
export function rerunFailedJobs(options: RunOptions, earlier: RunRecord): Promise<RunRecord> {
  return attempt(options, earlier.trigger, earlier);
}

async function attempt(
  options: RunOptions,
  trigger: Trigger,
  earlier: RunRecord | undefined,
): Promise<RunRecord> {
  const source = atCommit(options.repository, trigger.sha);
  const workflow = await parseWorkflowFile(options.workflow, source(options.workflow));
  const number = (earlier?.attempt ?? 0) + 1;
  const ended = { attempt: number, trigger, concurrency: undefined, jobs: [], artifacts: {} };
  if (!startsRun(workflow.on, trigger, options.repository)) {
    return { ...ended, started: false, result: "skipped" };
  }
  const run = newRun(options, withInputs(workflow, trigger), number, earlier);
  const secrets = trigger.fromFork ? {} : (options.secrets ?? {});
  const called = { run, workflow, source, inputs: run.inputs, secrets, caller: undefined };
  await checkCalls(called);
  const contexts = {
    github: githubContext(run, workflow),
    inputs: run.inputs,
    vars: options.vars ?? {},
  };
  const concurrency = interpolate(workflow.concurrency, { contexts });
  await runJobs(called);
  const cancelled = run.cancellation.signal.aborted;
  return {
    started: true,
    result: cancelled ? "cancelled" : worstOf(run.jobs.map(({ conclusion }) => conclusion)),
    attempt: number,
    trigger: run.trigger,
    concurrency,
    jobs: run.jobs,
    artifacts: Object.fromEntries(run.artifacts),
  };
}

/** A dispatch's inputs: typed in the `inputs` context, texts in the payload. */
function withInputs(workflow: Workflow, trigger: Trigger): Trigger {
  if (trigger.event !== "workflow_dispatch") return trigger;
  const declared = mapping(workflow.on["workflow_dispatch"])["inputs"];
  const inputs = declaredInputs(declared, trigger.inputs);
  return { ...trigger, inputs, payload: { ...trigger.payload, inputs: textEnv(inputs) } };
}

function newRun(
  options: RunOptions,
  trigger: Trigger,
  number: number,
  earlier: RunRecord | undefined,
): RunState {
  mkdirSync(options.folder, { recursive: true });
  return {
    options,
    trigger,
    attempt: number,
    runId: "42",
    inputs: trigger.inputs,
    cancellation: new AbortController(),
    artifacts: new Map(Object.entries(earlier?.artifacts ?? {})),
    earlier,
    jobs: [],
    newFolder: (name) => mkdtempSync(join(options.folder, `${name}-`)),
  };
}
