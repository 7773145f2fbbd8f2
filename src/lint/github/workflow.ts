import { remember } from "../remember.ts";
import {
  at,
  type Entry,
  entriesOf,
  itemsOf,
  type Node,
  type ScalarNode,
  type SourceFile,
  textOf,
  textsOf,
} from "../yaml/node.ts";

/** A workflow file of GitHub Actions as it is written: expressions are not evaluated. */
export interface Workflow {
  readonly file: SourceFile;
  readonly root: Node;
  /** The events of `on`, and what is written below each. */
  readonly events: readonly WorkflowEvent[];
  readonly env: readonly Entry[];
  /** What its jobs may do with the Actions cache: `read`, `write`, `write-only`, `none`. */
  readonly cacheMode: ScalarNode | undefined;
  readonly jobs: readonly Job[];
}

export interface WorkflowEvent {
  readonly name: string;
  /** Where its name is written. */
  readonly key: ScalarNode;
  /** Its filters and inputs; undefined if there are none. */
  readonly filters: Node | undefined;
}

export interface Job {
  readonly id: string;
  readonly key: ScalarNode;
  readonly node: Node;
  readonly needs: readonly ScalarNode[];
  readonly if: ScalarNode | undefined;
  readonly env: readonly Entry[];
  /** Replaces the workflow's. */
  readonly cacheMode: ScalarNode | undefined;
  /** Of a job that calls a reusable workflow. */
  readonly uses: ScalarNode | undefined;
  readonly with: readonly Entry[];
  readonly runsOn: Node | undefined;
  /** With `matrix` in it. */
  readonly strategy: Node | undefined;
  /** `defaults.run`, its own before that of the workflow. */
  readonly defaults: RunDefaults;
  readonly steps: readonly Step[];
}

/** What runs a step's commands, and where. */
export interface RunDefaults {
  readonly shell: ScalarNode | undefined;
  readonly folder: ScalarNode | undefined;
}

export interface Step extends RunDefaults {
  readonly node: Node;
  readonly id: string | undefined;
  readonly name: ScalarNode | undefined;
  readonly if: ScalarNode | undefined;
  readonly uses: ScalarNode | undefined;
  readonly with: readonly Entry[];
  readonly run: ScalarNode | undefined;
  readonly env: readonly Entry[];
}

/** Undefined if the document is not a workflow: it has no `on` or no `jobs`. */
export function workflowOf(file: SourceFile, root: Node | undefined): Workflow | undefined {
  return root?.file === file ? readWorkflow(root) : undefined;
}

const readWorkflow = remember((root: Node): Workflow | undefined => {
  const jobs = at(root, "jobs");
  const on = at(root, "on");
  if (on === undefined || jobs?.kind !== "map") return undefined;
  return {
    file: root.file,
    root,
    events: eventsOf(on),
    env: entriesOf(at(root, "env")),
    cacheMode: scalar(at(root, "cache-mode")),
    jobs: jobs.entries.map(({ key, value }) => jobOf(key, value, root)),
  };
});

function eventsOf(on: Node): readonly WorkflowEvent[] {
  if (on.kind === "map") {
    return on.entries.map(({ key, value }) => ({
      name: key.text ?? "",
      key,
      filters: value.kind === "scalar" ? undefined : value,
    }));
  }
  return textsOf(on).map((key) => ({ name: key.text ?? "", key, filters: undefined }));
}

function jobOf(key: ScalarNode, node: Node, workflow: Node): Job {
  return {
    id: key.text ?? "",
    key,
    node,
    needs: textsOf(at(node, "needs")),
    if: scalar(at(node, "if")),
    env: entriesOf(at(node, "env")),
    cacheMode: scalar(at(node, "cache-mode")),
    uses: scalar(at(node, "uses")),
    with: entriesOf(at(node, "with")),
    runsOn: at(node, "runs-on"),
    strategy: at(node, "strategy"),
    defaults: inherited(defaultsOf(node), defaultsOf(workflow)),
    steps: stepsOf(at(node, "steps")),
  };
}

function defaultsOf(node: Node): RunDefaults {
  return runOf(at(node, "defaults", "run"));
}

function runOf(node: Node | undefined): RunDefaults {
  return { shell: scalar(at(node, "shell")), folder: scalar(at(node, "working-directory")) };
}

/** What is set first wins. */
export function inherited(own: RunDefaults, from: RunDefaults): RunDefaults {
  return { shell: own.shell ?? from.shell, folder: own.folder ?? from.folder };
}

/** The steps of a job or of a composite action. */
export function stepsOf(steps: Node | undefined): readonly Step[] {
  return steps === undefined ? none : readSteps(steps);
}

const none: readonly Step[] = [];

const readSteps = remember((steps: Node): readonly Step[] =>
  itemsOf(steps).map((node) => ({
    node,
    id: textOf(at(node, "id")),
    name: scalar(at(node, "name")),
    if: scalar(at(node, "if")),
    uses: scalar(at(node, "uses")),
    with: entriesOf(at(node, "with")),
    run: scalar(at(node, "run")),
    ...runOf(node),
    env: entriesOf(at(node, "env")),
  })),
);

function scalar(node: Node | undefined): ScalarNode | undefined {
  return node?.kind === "scalar" && node.text !== null ? node : undefined;
}
