import { describe, expect, it } from "vitest";
import { readPipeline } from "../read-pipeline.ts";
import { sourceFile } from "../yaml/node.ts";

const action =
  "runs: { using: composite, steps: [{ id: first, run: 'echo B=y >> $GITHUB_ENV; echo x=z >> $GITHUB_OUTPUT' }] }\n";
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

describe("after a step, an output", () => {
  it.each([
    ["of its script is known", "echo x=y >> $GITHUB_OUTPUT", true],
    ["in quotes is known", 'echo "x=y" >> "$GITHUB_OUTPUT"', true],
    ["by printf is known", 'printf "x=%s\n" y >> "${GITHUB_OUTPUT}"', true],
    ["of several in a group is known", "{ echo a=b; echo x=y; } >> $GITHUB_OUTPUT", true],
    ["through a variable is known", 'name=Y; echo "x=${name,,}" >> $GITHUB_OUTPUT', true],
    ["in lower case is known", 'name=Y; echo "x=${name@L}" >> $GITHUB_OUTPUT', true],
    ["by tr is known", "echo x=$(echo Y | tr '[:upper:]' '[:lower:]') >> $GITHUB_OUTPUT", true],
    ["of a subshell is known", "(cd a; echo x=y >> $GITHUB_OUTPUT)", true],
    ["of a function is known", "f() { echo x=y >> $GITHUB_OUTPUT; }; f", true],
    [
      "that is the same in both branches is known",
      "if [ -n $Z ]; then echo x=y; else echo x=y; fi >> $GITHUB_OUTPUT",
      true,
    ],
    ["with another value is not that one", "echo x=z >> $GITHUB_OUTPUT", "no"],
    [
      "written again has its last value",
      "echo x=z >> $GITHUB_OUTPUT; echo x=y >> $GITHUB_OUTPUT",
      true,
    ],
    ["of one branch is not known", "if a; then echo x=z >> $GITHUB_OUTPUT; fi", undefined],
    ["of a command is not known", "echo x=$(git describe) >> $GITHUB_OUTPUT", undefined],
    [
      "is not known after a program that may write it",
      "echo x=z >> $GITHUB_OUTPUT; jq . a >> $GITHUB_OUTPUT",
      undefined,
    ],
    [
      "is not known after what may have ended the script",
      "if a; then exit 0; fi; echo x=z >> $GITHUB_OUTPUT",
      undefined,
    ],
    [
      "of several lines is not known",
      'echo "x<<END" >> $GITHUB_OUTPUT; echo x=z >> $GITHUB_OUTPUT',
      undefined,
    ],
    [
      "that is printed elsewhere is not known",
      "echo x=z >> $GITHUB_OUTPUT.bak; echo x=z",
      undefined,
    ],
    ["of an error is not known", "echo x=z 2>> $GITHUB_OUTPUT", undefined],
  ])("%s", (_, script, runs) => {
    const step = `id: first, run: ${JSON.stringify(script)}`;
    expect(runsAfter(step, "steps.first.outputs.x == 'y'")).toBe(runs);
  });

  it("is not one of a step that may be skipped, or that is in an action", () => {
    const write = "run: 'echo x=z >> $GITHUB_OUTPUT'";
    const condition = "steps.first.outputs.x == 'y'";
    expect(runsAfter(`id: first, if: vars.A, ${write}`, condition)).toBe(undefined);
    expect(runsAfter("id: first, uses: ./own", condition)).toBe(undefined);
  });
});

describe("after a step, a variable", () => {
  it.each([
    ["that its script sets is not what it was", "run: 'echo A=y >> $GITHUB_ENV'", "A", "no"],
    ["that its script sets is known", "run: 'echo B=y >> $GITHUB_ENV'", "B", true],
    [
      "that its script may set is not known",
      "run: 'if x; then echo A=y >> $GITHUB_ENV; fi'",
      "A",
      undefined,
    ],
    ["that its script works out is not known", "run: 'echo B=$(x) >> $GITHUB_ENV'", "B", undefined],
    ["that its script does not set is as it was", "run: 'echo B=y >> $GITHUB_ENV'", "A", true],
    ["is set by an action of the repository", "uses: ./own", "B", undefined],
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
