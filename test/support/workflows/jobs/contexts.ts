import type { Mapping } from "../document/values.ts";
import type { Workflow } from "../document/workflow.ts";
import type { RunState } from "../run-state.ts";
import type { Repository } from "../events/repository.ts";
import { namePayload } from "../events/payload.ts";

/** The `github` context of a run; a called workflow has its caller's. */
export function githubContext(run: RunState, workflow: Workflow): Mapping {
  const { trigger, options } = run;
  const { name } = options.repository;
  const [owner = ""] = name.split("/");
  return {
    event_name: trigger.event,
    event: trigger.payload,
    ref: trigger.ref,
    ref_name: trigger.refName,
    ref_type: trigger.refType,
    ref_protected: false,
    sha: trigger.sha,
    base_ref: trigger.baseRef,
    head_ref: trigger.headRef,
    repository: name,
    repository_id: String(idOf(options.repository)),
    repository_owner: owner,
    actor: "octocat",
    triggering_actor: "octocat",
    run_id: run.runId,
    run_number: "1",
    run_attempt: String(run.attempt),
    workflow: workflow.name,
    workflow_ref: `${name}/${options.workflow}@${trigger.ref}`,
    workflow_sha: trigger.sha,
    server_url: "https://github.com",
    api_url: "https://api.github.com",
    graphql_url: "https://api.github.com/graphql",
  };
}

function idOf({ name }: Repository): unknown {
  return namePayload(name)["id"];
}

/** The default variables of a job's steps: each scalar of its `github` context but the token. */
export function defaultVariables(github: Mapping, runner: Mapping): Record<string, string> {
  const hidden = new Set(["token", "event"]);
  const shown = Object.fromEntries(Object.entries(github).filter(([key]) => !hidden.has(key)));
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    ...prefixed("GITHUB_", shown),
    ...prefixed("RUNNER_", runner),
  };
}

function prefixed(prefix: string, values: Mapping): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}${key.toUpperCase()}`, String(value)]),
  );
}

/** The `runner` context for the labels of `runs-on`. */
export function runnerContext(labels: readonly string[], temp: string, tools: string): Mapping {
  const has = (word: string): boolean => labels.some((label) => label.includes(word));
  return {
    os: has("macos") ? "macOS" : has("windows") ? "Windows" : "Linux",
    arch: has("arm") ? "ARM64" : "X64",
    name: "GitHub Actions 1",
    environment: "github-hosted",
    temp,
    tool_cache: tools,
  };
}
