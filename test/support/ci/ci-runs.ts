import { type RunRecord, resultsOf } from "../workflows/record.ts";
import type { GithubEvent } from "../workflows/events/event.ts";
import type { RunOptions } from "../workflows/run-state.ts";
import type { WorkflowProject } from "../workflows/workflow-project.ts";
import type { PackageRegistry, RegistryChanges } from "./package-registry.ts";

/** What an event led to: the one workflow that it started, and what changed in the registry. */
export interface ObservedRun extends RegistryChanges {
  readonly run: RunRecord;
  /** The results of jobs that were not skipped, by their names. */
  readonly results: Readonly<Record<string, string>>;
}

const generatedFiles = [
  ".github/workflows/images.yml",
  ".github/workflows/images-pull-request.yml",
] as const;

/** Gives an event to each of the workflows; throws unless exactly one of them runs. */
export async function observe(
  project: WorkflowProject,
  registry: PackageRegistry,
  event: GithubEvent,
  more: Partial<RunOptions> = {},
  workflows: readonly string[] = generatedFiles,
): Promise<ObservedRun> {
  const [runs, changes] = await registry.watch(async () => {
    const started: RunRecord[] = [];
    for (const workflow of workflows) {
      const run = await project.run(event, { ...more, workflow });
      if (run.started) started.push(run);
    }
    return started;
  });
  const [run] = runs;
  if (run === undefined || runs.length > 1) throw new Error(`${runs.length} workflows started`);
  return { run, results: ranOf(run), ...changes };
}

/** "Re-run failed jobs", and what changed in the registry. */
export async function observeRerun(
  project: WorkflowProject,
  registry: PackageRegistry,
  earlier: RunRecord,
  more: Partial<RunOptions> = {},
): Promise<ObservedRun> {
  const [run, changes] = await registry.watch(() => project.rerun(earlier, more));
  return { run, results: ranOf(run), ...changes };
}

function ranOf(run: RunRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(resultsOf(run)).filter(([, result]) => result !== "skipped"),
  );
}
