import { elsewhere } from "../../expressions/compare.ts";
import { type Tri, Unknown, type Value } from "../../expressions/value.ts";
import { at, textsOf } from "../../yaml/node.ts";
import { absentOn } from "./payloads.ts";
import type { WorkflowEvent } from "../workflow.ts";

/** One way to start a workflow, with what is then known of the `github` context. */
export interface Scenario {
  readonly kind: ScenarioKind;
  readonly event: WorkflowEvent;
  readonly github: Values;
  /** Whether the repository's secrets are available; undefined if only a run can tell. */
  readonly secrets: Tri;
  /** Whether `inputs` may have values. */
  readonly inputs: boolean;
  /** Whether the run builds, or is steered by, what nobody with write access has approved. */
  readonly untrusted: boolean;
}

interface Values {
  readonly [key: string]: Value;
}

export type ScenarioKind =
  | "branch"
  | "tag"
  | "pull_request"
  | "fork"
  | "pull_request_target"
  | "merged"
  | "issue_comment"
  | "merge_group"
  | "schedule"
  | "workflow_dispatch"
  | "workflow_run"
  | "workflow_call"
  | "release"
  | "other";

/** The ways to start a workflow that can differ in what a run may do. */
export function scenariosOf(events: readonly WorkflowEvent[]): readonly Scenario[] {
  return events.flatMap(scenariosOfEvent);
}

function scenariosOfEvent(event: WorkflowEvent): readonly Scenario[] {
  const branch = onBranch(event);
  switch (event.name) {
    case "push":
      return pushes(event);
    case "pull_request":
      return [
        scenario("pull_request", event, fromPullRequest(false), { untrusted: true }),
        scenario("fork", event, fromPullRequest(true), { untrusted: true, secrets: false }),
        ...merged(event, {}),
      ];
    case "pull_request_target":
      return [
        scenario(
          "pull_request_target",
          event,
          { ...fromPullRequest(true), ...branch },
          { untrusted: true },
        ),
        ...merged(event, branch),
      ];
    case "release":
      return [scenario("release", event, { ...noPullRequest, ...anyTag })];
    case "merge_group":
      return [scenario("merge_group", event, { ...noPullRequest, ...anyBranch })];
    case "workflow_dispatch":
      return [
        scenario("workflow_dispatch", event, { ...noPullRequest, ...branch }, { inputs: true }),
      ];
    case "schedule":
    case "workflow_run":
    case "issue_comment":
      return [scenario(event.name, event, { ...noPullRequest, ...branch })];
    case "workflow_call":
      // A called workflow has its caller's event.
      return [
        { kind: "workflow_call", event, github: {}, ...usual, secrets: undefined, inputs: true },
      ];
    default:
      return [scenario("other", event, {})];
  }
}

/** A filter for tags alone starts no run for a branch, and the other way round. */
function pushes(event: WorkflowEvent): readonly Scenario[] {
  const has = (...names: readonly string[]): boolean =>
    names.some((name) => at(event.filters, name) !== undefined);
  const branches = has("branches", "branches-ignore");
  const tags = has("tags", "tags-ignore");
  const onTag = { ...noPullRequest, ...anyTag };
  return [
    ...(branches || !tags
      ? [scenario("branch", event, { ...noPullRequest, ...onBranch(event) })]
      : []),
    ...(tags || !branches ? [scenario("tag", event, onTag)] : []),
  ];
}

const usual = { secrets: true, inputs: false, untrusted: false } as const;

function scenario(
  kind: ScenarioKind,
  event: WorkflowEvent,
  { pull_request, ...github }: Values,
  more: Partial<Pick<Scenario, "secrets" | "inputs" | "untrusted">> = {},
): Scenario {
  const payload = {
    ...absentOn(event.name),
    ...(pull_request === undefined ? {} : { pull_request }),
  };
  const known = { event_name: event.name, event: payload, ...github };
  return { kind, event, github: known, ...usual, ...more };
}

/** A ref of which only the kind is known. */
function someRef(before: string, expression: string, after = ""): Unknown {
  const part = new Unknown(expression, "run");
  const text = `${before}\${{ ${expression} }}${after}`;
  return new Unknown(text, "run", { text, unknown: [part] });
}

const anyBranch: Values = {
  ref_type: "branch",
  ref: someRef("refs/heads/", "github.ref_name"),
};
const anyTag: Values = { ref_type: "tag", ref: someRef("refs/tags/", "github.ref_name") };

const noPullRequest: Values = { head_ref: "", base_ref: "" };

/** The run of a pull request that was merged: what it builds was approved. */
function merged(event: WorkflowEvent, branch: Values): readonly Scenario[] {
  const types = textsOf(at(event.filters, "types")).map(({ text }) => text);
  if (!types.includes("closed")) return [];
  return [scenario("merged", event, { ...fromPullRequest(false, true), ...branch })];
}

/** With `pull_request` of the event. */
function fromPullRequest(fork: boolean, isMerged = false): Values {
  const same = (name: string): Unknown => new Unknown(fork ? elsewhere : `github.${name}`, "run");
  const repo = {
    fork,
    full_name: same("repository"),
    owner: { login: same("repository_owner") },
  };
  return {
    ref_type: "branch",
    ref: someRef("refs/pull/", "github.event.number", "/merge"),
    head_ref: new Unknown("github.head_ref", "run"),
    pull_request: { head: { repo }, merged: isMerged },
  };
}

/** On the branch that the event's filter names, if it is one. */
function onBranch(event: WorkflowEvent): Values {
  const named = textsOf(at(event.filters, "branches")).map(({ text }) => text ?? "");
  const plain = named.filter((name) => /^[\w./-]+$/.test(name));
  const branch = plain.find((name) => name === "main" || name === "master") ?? plain[0];
  if (branch === undefined) return anyBranch;
  return { ref_type: "branch", ref: `refs/heads/${branch}`, ref_name: branch };
}
