import type { Unknown, Value } from "../../expressions/value.ts";
import type { Scope } from "../../expressions/scope.ts";
import type { Repository } from "../../files/repository.ts";
import type { JobRun } from "../../model/pipeline.ts";
import { scalarValue } from "../../yaml/json-of.ts";
import { at, entriesOf, type Node, textOf } from "../../yaml/node.ts";
import { readNodes } from "../../yaml/read-nodes.ts";
import { valueIn } from "../contexts.ts";
import { localPath } from "../local-path.ts";
import type { Row } from "../matrix/matrix.ts";
import type { JobsSetting } from "./jobs-setting.ts";
import { type Job, type Workflow, workflowOf } from "../workflow.ts";

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
  const workflow = calledWorkflow(job, repository, depth);
  if (workflow === undefined) {
    return [opaqueJob(job, matrix, setting, whyOpaque(job, repository, depth))];
  }
  return read(workflow, {
    ...setting,
    needs: neededBy(job, setting),
    inputs: inputsOf(workflow, job, scope),
    prefix: `${setting.prefix}${job.id} / `,
    depth: depth + 1,
  });
}

/** The workflow of the repository that a job calls; `depth` is how many calls the job is in. */
export function calledWorkflow(
  { uses }: Job,
  repository: Repository,
  depth: number,
): Workflow | undefined {
  const path = localPath(uses?.text ?? "");
  const file = path === undefined || depth >= deepest ? undefined : repository.read(path);
  return file === undefined ? undefined : workflowOf(file, readNodes(file).root);
}

function whyOpaque({ uses }: Job, repository: Repository, depth: number): string {
  const name = uses?.text ?? "";
  const workflow = `the reusable workflow ${name}`;
  const path = localPath(name);
  if (path === undefined) return `${workflow} is in another repository`;
  if (depth >= deepest) return `${workflow} is nested too deeply`;
  const exists = repository.read(path) !== undefined;
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

/** What a job gives to the workflow that it calls; the defaults of what it does not give. */
export function inputsOf({ events }: Workflow, job: Job, scope: Scope): Row {
  const call = events.find(({ name }) => name === "workflow_call");
  const inputs: Record<string, Value> = {};
  for (const { key, value } of entriesOf(at(call?.filters, "inputs"))) {
    const preset = at(value, "default");
    inputs[key.text ?? ""] = preset?.kind === "scalar" ? scalarValue(preset) : emptyOf(value);
  }
  for (const { key, value } of job.with) {
    inputs[key.text ?? ""] = valueIn(value, scope);
  }
  return inputs;
}

function emptyOf(input: Node): Value {
  const type = textOf(at(input, "type"));
  if (type === "boolean") return false;
  return type === "number" ? 0 : "";
}
