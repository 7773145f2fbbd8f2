import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "./project.ts";

export interface GithubRun {
  readonly event: string;
  readonly ref: string;
  /** The event's own fields, beside the repository. */
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly sha?: string;
}

/** The environment of a GitHub Actions job in a project, its event's payload and summary file included. */
export function githubEnv(project: Project, run: GithubRun): Record<string, string> {
  const event = join(project.outside, "event.json");
  const repository = { full_name: "acme/app", default_branch: "main" };
  writeFileSync(event, JSON.stringify({ repository, ...run.payload }));
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: run.event,
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: run.ref,
    GITHUB_REPOSITORY: "acme/app",
    GITHUB_RUN_ID: "42",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_SHA: run.sha ?? project.git("rev-parse", "HEAD"),
    GITHUB_STEP_SUMMARY: join(project.outside, "summary.md"),
  };
}

/** The payload of a pull request to main, from a fork or from the repository itself. */
export function pullRequest(project: Project, head: "acme/app" | "someone/app") {
  return {
    pull_request: {
      number: 5,
      head: { ref: "topic", sha: project.git("rev-parse", "HEAD"), repo: { full_name: head } },
      base: { ref: "main", repo: { full_name: "acme/app" } },
    },
  };
}
