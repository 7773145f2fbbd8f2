import { join } from "node:path";
import { createProject, type Project } from "../project.ts";
import type { GithubEvent } from "./events/event.ts";
import type { RunRecord } from "./record.ts";
import type { RunOptions } from "./run-state.ts";
import { rerunFailedJobs, runWorkflow } from "./run-workflow.ts";

export const workflowPath = ".github/workflows/images.yml";

/** A repository on GitHub, `acme/app`, with a workflow in it. */
export interface WorkflowProject extends Project {
  readonly options: RunOptions;
  /** A push to `main`, if no event is named. */
  run(event?: GithubEvent, more?: Partial<RunOptions>): Promise<RunRecord>;
  rerun(earlier: RunRecord, more?: Partial<RunOptions>): Promise<RunRecord>;
}

export function createWorkflowProject(
  workflow: string,
  files: Readonly<Record<string, string>> = {},
): WorkflowProject {
  return onGithub(createProject(() => ({ [workflowPath]: workflow, ...files })));
}

/** A project as a repository on GitHub, whose workflows run with these options. */
export function onGithub(project: Project, given: Partial<RunOptions> = {}): WorkflowProject {
  const options: RunOptions = {
    repository: { name: "acme/app", folder: project.dir, defaultBranch: "main" },
    workflow: workflowPath,
    folder: join(project.outside, "runs"),
    ...given,
  };
  return {
    ...project,
    options,
    run: (event = { name: "push", branch: "main" }, more) =>
      runWorkflow({ ...options, ...more }, event),
    rerun: (earlier, more) => rerunFailedJobs({ ...options, ...more }, earlier),
  };
}
