import { Unknown } from "../../lint/expressions/value.ts";
import type { Row } from "../../lint/github/matrix/matrix.ts";
import type { Workflow, WorkflowEvent } from "../../lint/github/workflow.ts";
import { scalarValue } from "../../lint/yaml/json-of.ts";
import { at, entriesOf, textsOf } from "../../lint/yaml/node.ts";
import type { GithubEvent } from "./github-event.ts";
import { contextFor, example, githubValues } from "./example-values.ts";
import { nameFor, passesFilter } from "./ref-filter.ts";
import type { EventKind, RepositoryFacts } from "./sample-event.ts";

/** Examples of the runs of a workflow: one for each way to start it that Layerkeep has, too. */
export function sampleEvents(workflow: Workflow, facts: RepositoryFacts): readonly GithubEvent[] {
  const inputs = inputsOf(workflow);
  return workflow.events.flatMap((event) =>
    refsOf(event, facts).map((ref) => sampleEvent(event, ref, inputs, facts)),
  );
}

/** What every generated workflow runs for: the default branch, and tags if it publishes anything. */
export function usualEvents(facts: RepositoryFacts): readonly GithubEvent[] {
  return [pushTo(facts.defaultBranch, facts), sampleEvent(push, tagRef("v1.2.3"), {}, facts)];
}

/** A push to a branch. */
export function pushTo(branch: string, facts: RepositoryFacts): GithubEvent {
  return sampleEvent(push, branchRef(branch), {}, facts);
}

type Event = Pick<WorkflowEvent, "name">;
const push: Event = { name: "push" };

function sampleEvent(
  event: Event,
  { kind, ref, name }: SampleRef,
  inputs: Row,
  facts: RepositoryFacts,
): GithubEvent {
  const byHand = kind === "dispatch";
  const given = Object.fromEntries(
    Object.keys(inputs).map((input) => [input, inputValue(input, byHand)] as const),
  );
  const github = githubValues(event.name, ref, facts);
  return {
    ...{ kind, name, inputs: given, defaults: byHand ? inputs : {} },
    github: { ...github, event: { ...(github["event"] as Row), inputs: given } },
    context: contextFor(event.name, ref, facts),
  };
}

/** A run that nobody started by hand has no inputs; what one that is will have is not known. */
function inputValue(name: string, byHand: boolean): Unknown {
  return byHand ? new Unknown(`inputs.${name}`, "run") : example(`inputs.${name}`, "");
}

interface SampleRef {
  readonly kind: EventKind;
  readonly ref: string;
  readonly name: string;
}

function refsOf(event: WorkflowEvent, { defaultBranch }: RepositoryFacts): readonly SampleRef[] {
  const main = `refs/heads/${defaultBranch}`;
  switch (event.name) {
    case "push":
      return pushesOf(event, defaultBranch);
    case "release":
      return tagsFor(undefined).map((tag) => ({
        kind: "release",
        ref: `refs/tags/${tag}`,
        name: `the release ${tag}`,
      }));
    case "schedule":
      return [{ kind: "schedule", ref: main, name: "a scheduled run" }];
    case "workflow_dispatch":
      return [{ kind: "dispatch", ref: main, name: `a manual run on ${defaultBranch}` }];
    case "pull_request":
      return [{ kind: "pull_request", ref: "refs/pull/7/merge", name: "a pull request" }];
    default:
      return [];
  }
}

function pushesOf(event: WorkflowEvent, defaultBranch: string): readonly SampleRef[] {
  const patterns = (key: string): readonly string[] | undefined => {
    const list = at(event.filters, key);
    return list === undefined ? undefined : textsOf(list).map(({ text }) => text ?? "");
  };
  const [branches, tags] = [patterns("branches"), patterns("tags")];
  const all = branches === undefined && tags === undefined;
  const names = branches ?? (all || at(event.filters, "branches-ignore") ? ["**"] : []);
  const ignored = patterns("branches-ignore") ?? [];
  return [
    ...branchesFor(names, defaultBranch)
      .filter((branch) => !passesFilter(ignored, branch))
      .map(branchRef),
    ...(tags !== undefined || all || at(event.filters, "tags-ignore") ? tagsFor(tags) : []).map(
      tagRef,
    ),
  ];
}

function branchRef(branch: string): SampleRef {
  return { kind: "branch", ref: `refs/heads/${branch}`, name: `a push to ${branch}` };
}

function tagRef(tag: string): SampleRef {
  return { kind: "tag", ref: `refs/tags/${tag}`, name: `a push of the tag ${tag}` };
}

/** The default branch, if it passes, and an example of each other pattern. */
function branchesFor(patterns: readonly string[], defaultBranch: string): readonly string[] {
  const others = patterns.flatMap((pattern) => {
    const name = pattern.startsWith("!") ? undefined : nameFor(pattern, "1.x");
    const isMain = passesFilter([pattern], defaultBranch);
    return name === undefined || isMain || !passesFilter(patterns, name) ? [] : [name];
  });
  return [...(passesFilter(patterns, defaultBranch) ? [defaultBranch] : []), ...new Set(others)];
}

const versions = ["v1.2.3", "1.2.3"];
const prereleases = ["v1.2.3-rc.1", "1.2.3-rc.1"];

/** A version and a prerelease that pass, or else an example of each pattern. */
function tagsFor(patterns: readonly string[] | undefined): readonly string[] {
  const passing = (names: readonly string[]): readonly string[] =>
    names.filter((name) => patterns === undefined || passesFilter(patterns, name)).slice(0, 1);
  const usual = [...passing(versions), ...passing(prereleases)];
  if (usual.length > 0) return usual;
  return (patterns ?? []).flatMap((pattern) => nameFor(pattern, "1.2.3") ?? []);
}

/** The inputs of a run that is started by hand, and their defaults. */
function inputsOf({ events }: Workflow): Row {
  const dispatch = events.find(({ name }) => name === "workflow_dispatch");
  return Object.fromEntries(
    entriesOf(at(dispatch?.filters, "inputs")).map(({ key, value }) => {
      const preset = at(value, "default");
      const isFlag = at(value, "type");
      const none = isFlag?.kind === "scalar" && isFlag.text === "boolean" ? false : "";
      return [key.text ?? "", preset?.kind === "scalar" ? (scalarValue(preset) ?? none) : none];
    }),
  );
}
