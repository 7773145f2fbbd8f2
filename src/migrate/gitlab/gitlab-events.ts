import { known, type Text, textOfValue, Unknown } from "../../lint/expressions/value.ts";
import type { GitlabScenario } from "../../lint/gitlab/scenarios.ts";
import { contextFor } from "../events/example-values.ts";
import type { EventKind, RepositoryFacts, SampleEvent } from "../events/sample-event.ts";

/** One run of a pipeline of GitLab as an example, and what lint reads the file with. */
export interface GitlabEvent {
  readonly event: SampleEvent;
  readonly scenario: GitlabScenario;
}

interface Kind {
  readonly kind: EventKind;
  readonly scenario: GitlabScenario["kind"];
  /** `CI_PIPELINE_SOURCE`. */
  readonly source: string;
  readonly ref: string;
  readonly name: string;
}

/** Examples of the runs of a pipeline: also of pushes to these branches, which are globs. */
export function gitlabEvents(
  facts: RepositoryFacts,
  branches: readonly string[],
): readonly GitlabEvent[] {
  const { defaultBranch } = facts;
  const main = `refs/heads/${defaultBranch}`;
  const tag = (version: string): Kind => ({
    ...{ kind: "tag", scenario: "tag", source: "push" },
    ...{ ref: `refs/tags/${version}`, name: `a push of the tag ${version}` },
  });
  const onMain = (kind: EventKind, source: GitlabScenario["kind"], name: string): Kind => ({
    ...{ kind, scenario: source, source, ref: main, name },
  });
  const kinds: readonly Kind[] = [
    ...[defaultBranch, ...branches.map(exampleBranch)].map(pushTo),
    ...[tag("v1.2.3"), tag("v1.2.3-rc.1")],
    onMain("schedule", "schedule", "a scheduled pipeline"),
    onMain("dispatch", "web", `a manual pipeline on ${defaultBranch}`),
    {
      ...{ kind: "pull_request", scenario: "merge_request", source: "merge_request_event" },
      ...{ ref: "refs/merge-requests/7/head", name: "a merge request" },
    },
  ];
  return kinds.map((kind) => gitlabEvent(kind, facts));
}

/** A push to a branch that no condition names. */
export function otherBranch(facts: RepositoryFacts): GitlabEvent {
  return gitlabEvent(pushTo("some-branch"), facts);
}

/** A branch that a glob matches. */
export function exampleBranch(glob: string): string {
  return glob.replace(/\*+/g, "1.x");
}

function pushTo(branch: string): Kind {
  return {
    ...{ kind: "branch", scenario: "branch", source: "push" },
    ...{ ref: `refs/heads/${branch}`, name: `a push to ${branch}` },
  };
}

function gitlabEvent(kind: Kind, facts: RepositoryFacts): GitlabEvent {
  return { event: eventOf(kind, facts), scenario: scenarioOf(kind, facts) };
}

function eventOf({ kind, source, ref, name }: Kind, facts: RepositoryFacts): SampleEvent {
  const pull = kind === "pull_request" ? { number: 7, fork: false } : undefined;
  const context = contextFor(source, ref, facts);
  return {
    ...{ kind, name, defaults: {} },
    context: {
      ...context,
      provider: "gitlab",
      pullRequest: pull,
      baseBranch: pull === undefined ? undefined : facts.defaultBranch,
      source: facts.slug === undefined ? undefined : `https://gitlab.com/${facts.slug}`,
      refProtected: true,
    },
  };
}

function scenarioOf(kind: Kind, facts: RepositoryFacts): GitlabScenario {
  const untrusted = kind.kind === "pull_request";
  return {
    ...{ kind: kind.scenario, when: `on ${kind.name}`, untrusted, secrets: true },
    predefined: new Map([...predefined(kind, facts), ...project(facts)]),
  };
}

/** The variables that tell the run from others; null for those that it does not have. */
function predefined(
  { kind, source, ref }: Kind,
  { defaultBranch }: RepositoryFacts,
): readonly (readonly [string, Text | null])[] {
  const name = ref.replace(/^refs\/(?:heads|tags)\//, "");
  const isTag = kind === "tag";
  const isPull = kind === "pull_request";
  const { commit } = contextFor(source, ref, {
    ...{ slug: undefined, defaultBranch, registry: undefined, cache: undefined },
  });
  const refName = isPull ? "change" : name;
  return [
    ["CI", known("true")],
    ["GITLAB_CI", known("true")],
    ["CI_PIPELINE_SOURCE", known(source)],
    ["CI_DEFAULT_BRANCH", known(defaultBranch)],
    ["CI_COMMIT_SHA", example("CI_COMMIT_SHA", commit)],
    ["CI_COMMIT_SHORT_SHA", example("CI_COMMIT_SHORT_SHA", commit.slice(0, 8))],
    ["CI_COMMIT_REF_NAME", example("CI_COMMIT_REF_NAME", refName)],
    ["CI_COMMIT_REF_SLUG", example("CI_COMMIT_REF_SLUG", slugOf(refName))],
    ["CI_COMMIT_TAG", isTag ? example("CI_COMMIT_TAG", name) : null],
    ["CI_COMMIT_BRANCH", isTag || isPull ? null : example("CI_COMMIT_BRANCH", name)],
    ["CI_MERGE_REQUEST_IID", isPull ? example("CI_MERGE_REQUEST_IID", "7") : null],
    ["CI_OPEN_MERGE_REQUESTS", null],
    ["CI_COMMIT_REF_PROTECTED", known(String(!isPull))],
  ];
}

/** What is the same in all runs of the project. */
function project({ slug, registry }: RepositoryFacts): readonly (readonly [string, Text])[] {
  if (slug === undefined) return [];
  const parts = slug.split("/");
  const path = known(slug);
  return [
    ...(registry === undefined
      ? []
      : ([
          ["CI_REGISTRY_IMAGE", known(registry)],
          ["CI_REGISTRY", known(registry.split("/")[0] ?? "")],
        ] as const)),
    ["CI_PROJECT_PATH", path],
    ["CI_MERGE_REQUEST_PROJECT_PATH", path],
    ["CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", path],
    ["CI_PROJECT_NAME", known(parts.at(-1) ?? "")],
    ["CI_PROJECT_NAMESPACE", known(parts.slice(0, -1).join("/"))],
  ];
}

function example(name: string, value: string): Text {
  return textOfValue(new Unknown(`$${name}`, "run", undefined, { example: value }));
}

/** As GitLab makes it: lower case, at most 63 characters, `-` for all but letters and digits. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
}
