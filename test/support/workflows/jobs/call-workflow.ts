import { parseWorkflowFile } from "../document/parse-workflow.ts";
import { mapping } from "../document/values.ts";
import type { Job, Workflow } from "../document/workflow.ts";
import { WorkflowError } from "../errors.ts";
import { declaredInputs } from "../events/inputs.ts";
import { interpolate } from "../expressions/evaluate.ts";
import { textEnv } from "../steps/environment.ts";
import type { CalledWorkflow, Caller } from "./called.ts";
import { cacheGrantOf, requestedBy } from "./granted.ts";
import type { JobInstance } from "./job-instance.ts";
import { type WorkflowSource, resolveCalled } from "./workflow-source.ts";

/** "You can connect up to ten levels of workflows." */
const deepest = 10;

/** The workflow that a job calls, with what it gets from the call. */
export async function callWorkflow(
  called: CalledWorkflow,
  instance: JobInstance,
  runAgain: boolean,
): Promise<CalledWorkflow> {
  const { job, contexts } = instance;
  const { workflow, source } = await openCalled(called, job);
  const { inputs, secrets } = mapping(workflow.on["workflow_call"]);
  const given = mapping(interpolate(job.with, { contexts }));
  return {
    run: called.run,
    workflow,
    source,
    inputs: declaredInputs(inputs, given),
    secrets: secretsFor(called, instance, mapping(secrets)),
    caller: { ...callerOf(called, job, instance), runAgain },
  };
}

function callerOf(
  called: CalledWorkflow,
  job: Job,
  { id, name }: Pick<JobInstance, "id" | "name">,
): Caller {
  return {
    idPrefix: `${id} / `,
    namePrefix: `${name} / `,
    permissions: requestedBy(called, job),
    cacheMode: cacheGrantOf(called, job).mode,
    depth: depthOf(called) + 1,
    runAgain: false,
  };
}

function depthOf({ caller }: CalledWorkflow): number {
  return caller?.depth ?? 1;
}

async function openCalled(
  called: CalledWorkflow,
  { id, uses = "" }: Job,
): Promise<{ readonly workflow: Workflow; readonly source: WorkflowSource }> {
  const { repositories = {} } = called.run.options;
  const { path, source } = resolveCalled(uses, called.source, repositories);
  const workflow = await parseWorkflowFile(path, source(path));
  if (!("workflow_call" in workflow.on)) {
    throw new WorkflowError(`${path} has no workflow_call, but job ${id} calls it`);
  }
  if (depthOf(called) >= deepest) throw new WorkflowError(`${path} is nested too deep`);
  return { workflow, source };
}

function secretsFor(
  { secrets }: CalledWorkflow,
  { job, contexts }: JobInstance,
  declared: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  if (job.secrets === "inherit") return secrets;
  const given = textEnv(interpolate(job.secrets, { contexts: { ...contexts, secrets } }));
  checkSecrets(job, declared);
  return given;
}

function checkSecrets({ id, secrets }: Job, declared: Readonly<Record<string, unknown>>): void {
  if (secrets === "inherit") return;
  const given = mapping(secrets);
  const unknown = Object.keys(given).find((name) => !(name in declared));
  if (unknown !== undefined) {
    throw new WorkflowError(`job ${id}: secret ${unknown} is not defined in the called workflow`);
  }
  const missing = Object.entries(declared).find(
    ([name, secret]) => mapping(secret)["required"] === true && !(name in given),
  );
  if (missing !== undefined) {
    throw new WorkflowError(`job ${id}: secret ${missing[0]} is required, but not provided`);
  }
}

/**
 * Throws what would keep GitHub from starting a run: a called workflow that does not exist, that
 * cannot be called or lacks a secret, or a job in it that asks for more than its caller grants.
 */
export async function checkCalls(called: CalledWorkflow): Promise<void> {
  for (const job of called.workflow.jobs) {
    requestedBy(called, job);
    if (job.uses === undefined) continue;
    const opened = await openCalled(called, job);
    checkSecrets(job, mapping(mapping(opened.workflow.on["workflow_call"])["secrets"]));
    const caller = callerOf(called, job, { id: job.id, name: job.id });
    await checkCalls({ ...called, ...opened, caller });
  }
}
