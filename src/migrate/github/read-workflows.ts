import { UsageError } from "../../errors.ts";
import type { Repository } from "../../lint/files/repository.ts";
import { jobsIn } from "../../lint/github/pipeline.ts";
import type { Scenario } from "../../lint/github/events/scenarios.ts";
import type { Workflow } from "../../lint/github/workflow.ts";
import type { Pipeline } from "../../lint/model/pipeline.ts";
import { readPipeline } from "../../lint/read-pipeline.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import type { GithubEvent } from "../events/github-event.ts";
import type { RepositoryFacts } from "../events/sample-event.ts";
import type { OldRun } from "../migrate-runs.ts";
import { sampleEvents } from "../events/sample-events.ts";

/** A workflow and its example runs. */
export interface OldWorkflow {
  readonly workflow: Workflow;
  readonly pipeline: Pipeline;
  readonly runs: readonly OldRun[];
}

/** Reads a file as a workflow. Throws a usage error for one that is none. */
export function readWorkflow(
  file: SourceFile,
  repository: Repository,
  facts: RepositoryFacts,
): OldWorkflow {
  const { pipeline, problems } = readPipeline(file, repository);
  const [problem] = problems;
  if (problem !== undefined) throw new UsageError([{ file: file.path, ...problem }]);
  const workflow = pipeline?.workflow;
  if (pipeline === undefined || workflow === undefined) {
    throw new UsageError(`${file.path} is not a workflow`, {
      hint: "specify a file with the keys on and jobs, such as .github/workflows/release.yml",
    });
  }
  const runs = sampleEvents(workflow, facts).map((event) => ({
    event,
    jobs: jobsIn(workflow, scenarioOf(workflow, event), { repository, inputs: event.inputs }),
  }));
  return { workflow, pipeline, runs };
}

/** The example run as lint reads workflows. */
function scenarioOf({ events }: Workflow, { kind, github }: GithubEvent): Scenario {
  const event = events.find(({ name }) => name === github["event_name"]);
  if (event === undefined) throw new Error(`the workflow has no event for ${kind}`);
  return {
    ...{ kind: kind === "dispatch" ? "workflow_dispatch" : kind, event, github },
    secrets: true,
    inputs: kind === "dispatch",
    untrusted: kind === "pull_request",
  };
}
