import { type Context, type Scope, withContext } from "../expressions/scope.ts";
import { evaluateText } from "../expressions/evaluate.ts";
import {
  type Constancy,
  isUnknown,
  type Unknown,
  Unknown as UnknownValue,
  type Value,
} from "../expressions/value.ts";
import { remember } from "../remember.ts";
import { scalarValue } from "../yaml/json-of.ts";
import type { Entry, Node } from "../yaml/node.ts";
import type { Machine } from "./jobs/machine.ts";
import type { Row } from "./matrix/matrix.ts";
import type { Scenario } from "./events/scenarios.ts";

/** What an expression in a job can read, in a scenario. */
export function jobScope(
  scenario: Scenario,
  jobId: string,
  inputs: Row | undefined,
  matrix: Row | Unknown,
): Scope {
  const scope = scopesOf(scenario)(inputs ?? unknownInputs);
  const github = open({ ...scenario.github, job: jobId });
  return withContext(withContext(scope, "github", github), "matrix", matrixContext(matrix));
}

const unknownInputs: Row = {};

/** The scope that the jobs of a run have in common, by what the run was started with. */
const scopesOf = remember(({ secrets, inputs }: Scenario) =>
  remember((values: Row): Scope => {
    const isOpen = values === unknownInputs && inputs;
    const own: readonly (readonly [string, Context])[] = [
      ["secrets", { values: token, open: secrets !== false, constancy: "run" }],
      ["inputs", { values, open: isOpen, constancy: "run" }],
    ];
    return { contexts: new Map([...inAllRuns, ...own]), status };
  }),
);

const token = { GITHUB_TOKEN: new UnknownValue("secrets.GITHUB_TOKEN", "run") };
const status = { always: true, success: true, failure: undefined, cancelled: undefined };
const inAllRuns: readonly (readonly [string, Context])[] = [
  ["vars", open({})],
  ["needs", open({})],
  ["strategy", open({}, "job")],
  ["runner", open({}, "job")],
  ["job", open({}, "job")],
  ["steps", open({}, "job")],
  ["env", { values: {}, open: false, constancy: "job" }],
];

function open(values: Row, constancy: Constancy = "run"): Context {
  return { values, open: true, constancy };
}

function matrixContext(matrix: Row | Unknown): Context {
  return isUnknown(matrix) ? open({}, "job") : { values: matrix, open: false, constancy: "job" };
}

/** The scope with more environment variables, each evaluated in the scope before. */
export function withEnv(scope: Scope, env: readonly Entry[]): Scope {
  if (env.length === 0) return scope;
  const before = scope.contexts.get("env");
  const values = { ...before?.values };
  for (const { key, value } of env) values[key.text ?? ""] = valueIn(value, scope);
  const context: Context = { values, open: before?.open ?? false, constancy: "job" };
  return withContext(scope, "env", context);
}

/** The scope of steps: what is known of the machine that they run on. */
export function withRunner(scope: Scope, machine: Machine | undefined): Scope {
  if (machine === undefined) return scope;
  const context: Context = { values: { ...machine }, open: true, constancy: "job" };
  return withContext(scope, "runner", context);
}

/** A scalar with its expressions evaluated; null for a list or a map. */
export function valueIn(node: Node, scope: Scope): Value {
  if (node.kind !== "scalar") return null;
  return node.text?.includes("${{") === true ? evaluateText(node.text, scope) : scalarValue(node);
}
