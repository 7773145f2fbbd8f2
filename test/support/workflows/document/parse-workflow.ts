import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import { MappingDefinition } from "@actions/workflow-parser/templates/schema/mapping-definition";
import { PropertyDefinition } from "@actions/workflow-parser/templates/schema/property-definition";
import { StringToken } from "@actions/workflow-parser/templates/tokens/string-token";
import { getWorkflowSchema } from "@actions/workflow-parser/workflows/workflow-schema";
import { parse } from "yaml";
import { WorkflowError } from "../errors.ts";
import { mapping, text } from "./values.ts";
import { type Workflow, workflowOf } from "./workflow.ts";

/** "A workflow file over 500 KB does not start." */
const largestFile = 500_000;

/**
 * A workflow that GitHub's own parser accepts: its schema, the contexts and functions that each
 * expression may use, `needs` without cycles. Throws a {@link WorkflowError} with every problem.
 *
 * The parser's schema does not know `cache-mode` yet (GitHub's changelog, 2026-09-10), so it is
 * added to it. That `queue: max` and `cancel-in-progress: true` exclude each other is checked here.
 */
export async function parseWorkflowFile(path: string, content: string): Promise<Workflow> {
  if (Buffer.byteLength(content) > largestFile) {
    throw new WorkflowError(`${path}: larger than 500 KB, GitHub would not start it`);
  }
  knowCacheMode();
  const file = { name: path, content };
  const { context, value } = parseWorkflow(file, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  const problems = context.errors.getErrors().map(({ message }) => message);
  if (problems.length > 0) throw new WorkflowError(problems.join("\n"));
  const workflow = workflowOf(path, parse(content));
  checkKeys(workflow);
  return workflow;
}

function knowCacheMode(): void {
  const { definitions } = getWorkflowSchema();
  for (const name of ["workflow-root-strict", "job-factory", "workflow-job"]) {
    const definition = definitions[name];
    if (!(definition instanceof MappingDefinition)) continue;
    const type = new StringToken(undefined, undefined, "string", undefined, undefined, undefined);
    definition.properties["cache-mode"] ??= new PropertyDefinition(type);
  }
}

const cacheModes: ReadonlySet<string> = new Set(["read", "write", "write-only", "none"]);

function checkKeys(workflow: Workflow): void {
  for (const { cacheMode, concurrency } of [workflow, ...workflow.jobs]) {
    if (cacheMode !== undefined && !cacheModes.has(cacheMode)) {
      throw new WorkflowError(`${workflow.path}: ${cacheMode} is not a cache-mode`);
    }
    const { queue, "cancel-in-progress": cancel } = mapping(concurrency);
    if (queue === "max" && text(cancel) === "true") {
      throw new WorkflowError(
        `${workflow.path}: queue: max cannot be combined with cancel-in-progress: true`,
      );
    }
  }
  for (const job of workflow.jobs) {
    for (const step of job.steps) {
      if (step.run === undefined && step.uses === undefined) {
        throw new WorkflowError(`${workflow.path}: this runner knows only steps with run or uses`);
      }
    }
  }
}
