import type { GithubEvent, Trigger } from "./event.ts";
import { pullRequestTrigger } from "./pull-request.ts";
import { type Repository, git, headOf, mergeCommit } from "./repository.ts";
import { repositoryPayload } from "./payload.ts";

/**
 * The ref, commit and payload of an event, as "Events that trigger workflows" of GitHub's
 * documentation describes them. Makes the merge commits that GitHub makes.
 */
export function triggerOf(repository: Repository, event: GithubEvent): Trigger {
  const common = repositoryPayload(repository);
  switch (event.name) {
    case "push":
      return "tag" in event
        ? tagPush(repository, event.tag)
        : branchPush(repository, event.branch, event.before);
    case "pull_request":
    case "pull_request_target":
      return pullRequestTrigger(repository, event);
    case "merge_group":
      return mergeGroup(repository, event.base, event.headCommit);
    case "schedule": {
      const payload = { ...common, schedule: event.cron };
      return { ...onDefaultBranch(repository, "schedule"), payload };
    }
    case "workflow_dispatch": {
      const inputs = event.inputs ?? {};
      const ref = `refs/heads/${event.branch}`;
      const payload = { ...common, ref, inputs };
      return { ...onBranch(repository, "workflow_dispatch", event.branch), payload, inputs };
    }
    case "workflow_run": {
      const { of } = event;
      const fork = of.repository !== repository.name;
      const action = event.action ?? "completed";
      const workflow_run = {
        name: event.workflow,
        event: of.event,
        head_branch: of.branch,
        head_sha: of.commit,
        head_repository: { full_name: of.repository, fork },
        conclusion: action === "completed" ? (event.conclusion ?? "success") : null,
        pull_requests: [],
      };
      return {
        ...onDefaultBranch(repository, "workflow_run"),
        payload: { ...common, action, workflow_run, workflow: { name: event.workflow } },
        readOnlyCaches: fork && of.event.startsWith("pull_request"),
        filtered: of.branch,
        action,
      };
    }
  }
}

function onBranch(repository: Repository, event: string, branch: string): Trigger {
  return {
    event,
    ref: `refs/heads/${branch}`,
    refName: branch,
    refType: "branch",
    sha: headOf(repository, `refs/heads/${branch}`),
    baseRef: "",
    headRef: "",
    payload: repositoryPayload(repository),
    fromFork: false,
    readOnlyCaches: false,
    filtered: branch,
    action: undefined,
    changes: undefined,
    inputs: {},
  };
}

function onDefaultBranch(repository: Repository, event: string): Trigger {
  return onBranch(repository, event, repository.defaultBranch);
}

function branchPush(repository: Repository, branch: string, before?: string): Trigger {
  const trigger = onBranch(repository, "push", branch);
  const parents = git(repository, "rev-list", "--parents", "-n1", trigger.sha).split(" ");
  const from = before ?? parents[1];
  const payload = {
    ...trigger.payload,
    ref: trigger.ref,
    before: from ?? "0".repeat(40),
    after: trigger.sha,
    head_commit: commitPayload(repository, trigger.sha),
  };
  const changes = from === undefined ? undefined : { from, to: trigger.sha };
  return { ...trigger, payload, changes };
}

function tagPush(repository: Repository, tag: string): Trigger {
  const ref = `refs/tags/${tag}`;
  const sha = headOf(repository, ref);
  const payload = {
    ...repositoryPayload(repository),
    ref,
    before: "0".repeat(40),
    after: sha,
    base_ref: null,
    head_commit: commitPayload(repository, sha),
  };
  const base = onDefaultBranch(repository, "push");
  return { ...base, ref, refName: tag, refType: "tag", sha, payload, filtered: tag };
}

function mergeGroup(repository: Repository, base: string, headCommit: string): Trigger {
  const baseSha = headOf(repository, `refs/heads/${base}`);
  const sha = mergeCommit(repository, baseSha, headCommit);
  const branch = `gh-readonly-queue/${base}/pr-1-${baseSha}`;
  git(repository, "update-ref", `refs/heads/${branch}`, sha);
  const merge_group = {
    base_ref: `refs/heads/${base}`,
    base_sha: baseSha,
    head_ref: `refs/heads/${branch}`,
    head_sha: sha,
  };
  const action = "checks_requested";
  const trigger = onBranch(repository, "merge_group", branch);
  const payload = { ...trigger.payload, action, merge_group };
  return { ...trigger, payload, action, filtered: base };
}

function commitPayload(repository: Repository, id: string): Trigger["payload"] {
  return { id, timestamp: git(repository, "log", "-1", "--format=%cI", id) };
}
