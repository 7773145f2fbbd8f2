import { expect, it } from "vitest";
import { inputOf } from "../../../../test/support/lint.ts";
import { readRepository } from "../../files/read-repository.ts";
import type { JobRun } from "../../model/pipeline.ts";
import { readPipeline } from "../../read-pipeline.ts";

/** The runs of all jobs of a workflow on push: for a branch, and for a tag. */
function runsOf(workflow: string, action = ""): readonly JobRun[] {
  const input = inputOf({ "a.yml": workflow, "act/action.yml": action }, ["a.yml"]);
  const repository = readRepository(input.root, input.files, input.texts);
  const file = repository.read("a.yml");
  const pipeline = file === undefined ? undefined : readPipeline(file, repository).pipeline;
  return pipeline?.scenarios.flatMap((scenario) => pipeline.runsIn(scenario)) ?? [];
}

const head = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n";
const rows = "    strategy: {matrix: {a: [x, y], b: [1, 2]}}\n";

/** What the last step of each job pushes. */
function pushedBy(workflow: string, action?: string): readonly string[] {
  return runsOf(workflow, action).map(({ steps }) =>
    steps
      .flatMap(({ operations }) => operations)
      .map((one) => (one.kind === "push" ? one.reference.text : one.kind))
      .join(),
  );
}

it("steps that depend on nothing that differs are read once", () => {
  const runs = runsOf(
    `${head}${rows}    steps: [{run: docker push a/b}, {uses: actions/checkout@v5}]\n`,
  );
  expect(runs).toHaveLength(8);
  expect(new Set(runs.map(({ steps: [push] }) => push?.operations)).size).toBe(1);
});

it("a step that differs leaves the others shared", () => {
  const steps = "[{run: docker push a/b}, {run: 'docker push ${{ matrix.a }}'}]";
  const runs = runsOf(`${head}${rows}    steps: ${steps}\n`);
  expect(new Set(runs.map(({ steps: [first] }) => first?.operations)).size).toBe(1);
  expect(new Set(runs.map(({ steps: [, second] }) => second?.operations)).size).toBe(2);
});

it.each([
  ["an expression", "[{run: 'docker push ${{ matrix.a }}:${{ github.ref_type }}'}]"],
  [
    "a condition",
    "[{run: docker push x:branch, if: matrix.a == 'x' && github.ref_type == 'branch'}, {run: docker push x:tag, if: matrix.a == 'x' && github.ref_type == 'tag'}, {run: 'docker push y:${{ github.ref_type }}', if: matrix.a == 'y'}]",
  ],
  [
    "its environment",
    "[{run: docker push $A:$T, env: {A: '${{ matrix.a }}', T: '${{ github.ref_type }}'}}]",
  ],
  [
    "GitHub's own variables",
    "[{run: 'docker push $A:$GITHUB_REF_TYPE', env: {A: '${{ matrix.a }}'}}]",
  ],
  [
    "a property named by another one",
    "[{run: \"docker push ${{ matrix[matrix.b == 1 && 'a' || 'A'] }}:${{ github['ref_type'] }}\"}]",
  ],
  [
    "the inputs of an action",
    "[{uses: ./act, with: {a: '${{ matrix.a }}', t: '${{ github.ref_type }}'}}]",
  ],
])("what differs by %s is told apart", (_, steps) => {
  const action =
    "inputs: {a: {}, t: {}}\nruns: {using: composite, steps: [{run: 'docker push ${{ inputs.a }}:${{ inputs.t }}', shell: bash}]}\n";
  const branch = ["x:branch", "x:branch", "y:branch", "y:branch"];
  expect(pushedBy(`${head}${rows}    steps: ${steps}\n`, action)).toEqual([
    ...branch,
    ...branch.map((text) => text.replace("branch", "tag")),
  ]);
});

it("steps that an alias shares have the defaults of their job", () => {
  const defaults = "    defaults: {run: {working-directory: d}}\n";
  const job = `  b:\n    runs-on: ubuntu-24.04\n${defaults}    steps: *s\n`;
  const runs = runsOf(`${head}    steps: &s [{run: docker build .}]\n${job}`);
  const folders = runs.map(({ steps: [step] }) => step?.script?.folder.text);
  expect(folders).toEqual([".", "d", ".", "d"]);
});

it("a step of an action that a job uses twice is two steps", () => {
  const action = "runs: {using: composite, steps: [{run: docker push a/b, shell: bash}]}\n";
  const runs = runsOf(`${head}    steps: [{uses: ./act}, {uses: ./act}]\n`, action);
  expect(runs.map(({ steps }) => new Set(steps).size)).toEqual([4, 4]);
});
