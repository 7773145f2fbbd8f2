import { describe, expect, it } from "vitest";
import { readPipeline } from "../read-pipeline.ts";
import { sourceFile } from "../yaml/node.ts";

const action = "runs: { using: composite, steps: [{ run: 'echo B=y >> $GITHUB_ENV' }] }\n";
const repository = {
  root: "/",
  files: new Set<string>(),
  read: (path: string) =>
    path === "own/action.yml" ? sourceFile("own/action.yml", action) : undefined,
};

/** Whether a step with a condition runs after another one; "no" if it is not among the steps. */
function runsAfter(step: string, condition: string): boolean | undefined | "no" {
  const steps = `[{ ${step} }, { id: last, if: ${condition}, run: x }]`;
  const text = `on: push\nenv: { A: x }\njobs: { a: { runs-on: ubuntu-24.04, steps: ${steps} } }\n`;
  const { pipeline } = readPipeline(sourceFile("a.yml", text), repository);
  const [scenario] = pipeline?.scenarios ?? [];
  const jobs = scenario === undefined ? [] : (pipeline?.runsIn(scenario) ?? []);
  const last = jobs.flatMap((job) => job.steps).find(({ id }) => id === "last");
  return last === undefined ? "no" : last.runs;
}

describe("after a step, a variable", () => {
  it.each([
    ["that its script sets is not known", "run: 'echo A=y >> $GITHUB_ENV'", "A", undefined],
    ["that its script does not set is as it was", "run: 'echo B=y >> $GITHUB_ENV'", "A", true],
    ["may be set by its script", "run: 'echo B=y >> $GITHUB_ENV'", "B", undefined],
    ["may be set by an action of the repository", "uses: ./own", "B", undefined],
    [
      "is set by docker/metadata-action",
      "uses: docker/metadata-action@v5",
      "DOCKER_METADATA_OUTPUT_VERSION",
      undefined,
    ],
    ["may be set by a file", "run: 'cat file >> $GITHUB_ENV'", "B", undefined],
    ["is not set by a script that sets another one", "run: 'echo C=y >> $GITHUB_ENV'", "B", "no"],
    [
      "may be set by a script of an action",
      "uses: actions/github-script@v8, with: { script: \"core.exportVariable('B', 'y')\" }",
      "B",
      undefined,
    ],
    ["is not set by actions/checkout", "uses: actions/checkout@v5", "B", "no"],
  ])("%s", (_, step, name, runs) => {
    expect(runsAfter(step, `env.${name} == '${name === "A" ? "x" : "y"}'`)).toBe(runs);
  });
});
