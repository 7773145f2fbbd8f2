import type { Unknown, Value } from "../expressions/value.ts";
import type { Scope } from "../expressions/evaluate.ts";
import type { JobRun } from "../model/pipeline.ts";
import { scalarValue } from "../yaml/json-of.ts";
import { at, entriesOf } from "../yaml/node.ts";
import { readNodes } from "../yaml/read-nodes.ts";
import { valueIn } from "./contexts.ts";
import { localPath } from "./local-path.ts";
import type { Row } from "./matrix.ts";
import type { JobsSetting } from "./jobs-setting.ts";
import { type Job, type Workflow, workflowOf } from "./workflow.ts";

/** "You can connect up to ten levels of workflows." */
const deepest = 10;

/** The jobs of the workflow that a job calls, by `read`; one opaque job if it cannot be read. */
export function calledJobs(
  job: Job,
  matrix: Row | Unknown,
  setting: JobsSetting,
  scope: Scope,
  read: (workflow: Workflow, setting: JobsSetting) => readonly JobRun[],
): readonly JobRun[] {
  const { repository, depth } = setting;
  const name = job.uses?.text ?? "";
  const path = localPath(name);
  const file = path === undefined ? undefined : repository.read(path);
  const workflow = file === undefined ? undefined : workflowOf(file, readNodes(file).root);
  if (workflow === undefined || depth >= deepest) {
    return [opaqueJob(job, matrix, setting, whyOpaque(name, file !== undefined, depth))];
  }
  return read(workflow, {
    ...setting,
    needs: neededBy(job, setting),
    inputs: inputsOf(workflow, job, scope),
    prefix: `${setting.prefix}${job.id} / `,
    depth: depth + 1,
  });
}

function whyOpaque(name: string, exists: boolean, depth: number): string {
  const workflow = `the reusable workflow ${name}`;
  if (localPath(name) === undefined) return `${workflow} is in another repository`;
  if (depth >= deepest) return `${workflow} is nested too deeply`;
  return exists ? `${workflow} is not a valid workflow` : `${workflow} was not found`;
}

/** The jobs that a job needs, those of its caller included. */
export function neededBy({ needs: own }: Job, { needs, prefix }: JobsSetting): readonly string[] {
  return [...needs, ...own.map(({ text }) => `${prefix}${text ?? ""}`)];
}

function opaqueJob(job: Job, matrix: Row | Unknown, setting: JobsSetting, why: string): JobRun {
  const { id, key, node, uses } = job;
  const { prefix, within } = setting;
  return {
    id: `${prefix}${id}`,
    matrix,
    runs: within,
    key,
    node,
    needs: neededBy(job, setting),
    runner: [],
    steps: [],
    opaque: [{ span: uses ?? key, why }],
  };
}

function inputsOf({ events }: Workflow, job: Job, scope: Scope): Row {
  const call = events.find(({ name }) => name === "workflow_call");
  const inputs: Record<string, Value> = {};
  for (const { key, value } of entriesOf(at(call?.filters, "inputs"))) {
    const preset = at(value, "default");
    inputs[key.text ?? ""] = preset?.kind === "scalar" ? scalarValue(preset) : "";
  }
  for (const { key, value } of job.with) {
    inputs[key.text ?? ""] = valueIn(value, scope);
  }
  return inputs;
}
