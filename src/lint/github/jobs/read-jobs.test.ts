import { describe, expect, it } from "vitest";
import type { Repository } from "../../files/repository.ts";
import { readPipeline } from "../../read-pipeline.ts";
import { sourceFile } from "../../yaml/node.ts";

const repository: Repository = { root: "/repository", files: new Set(), read: () => undefined };

/** The jobs of a run, and whether each runs. */
function jobsOf(text: string): readonly (readonly [string, boolean | undefined])[] {
  const { pipeline } = readPipeline(sourceFile("a.yml", text), repository);
  const [scenario] = pipeline?.scenarios ?? [];
  if (pipeline === undefined || scenario === undefined) throw new Error("not a workflow");
  return pipeline.runsIn(scenario).map(({ id, runs }) => [id, runs]);
}

describe("the jobs of a run", () => {
  it("lack a job that needs a skipped one, unless its condition calls a status function", () => {
    const jobs = `
on: { push: { branches: [main] } }
jobs:
  late: { needs: merge, steps: [] }
  merge: { needs: [plan, build], steps: [] }
  gate: { needs: build, if: always(), steps: [] }
  plan: { steps: [] }
  build: { if: github.ref_type == 'tag', steps: [] }
`;
    expect(jobsOf(jobs)).toEqual([
      ["gate", true],
      ["plan", true],
    ]);
  });

  it("may lack a job that needs one whose condition only a run can tell", () => {
    const jobs = `
on: { push: { branches: [main] } }
jobs:
  build: { if: vars.BUILD == 'true', steps: [] }
  merge: { needs: build, steps: [] }
`;
    expect(jobsOf(jobs)).toEqual([
      ["build", undefined],
      ["merge", undefined],
    ]);
  });

  it("include jobs that need each other, and the ends of very long chains", () => {
    const chain = Array.from({ length: 5_000 }, (_, at) => `  j${at + 1}: { needs: j${at} }`);
    const jobs = `on: push\njobs:\n  j0: { needs: j1 }\n${chain.reverse().join("\n")}\n`;
    expect(jobsOf(jobs)).toHaveLength(5_001);
  });
});

describe("the labels of a job's runner", () => {
  const matrix = "strategy: { matrix: { on: [[self-hosted, arm64]] } }";

  it.each([
    ["ubuntu-24.04", ["ubuntu-24.04"]],
    ["[self-hosted, linux]", ["self-hosted", "linux"]],
    ["{ group: large, labels: [a, b] }", ["a", "b"]],
    [`"\${{ fromJSON('[\\"self-hosted\\", \\"linux\\"]') }}"`, ["self-hosted", "linux"]],
    [`"\${{ fromJSON('{\\"group\\": \\"large\\", \\"labels\\": \\"a\\"}') }}"`, ["a"]],
    ['"${{ matrix.on }}"', ["self-hosted", "arm64"]],
    ['"${{ vars.RUNNER }}"', ["${{ vars.runner }}"]],
    ["{ group: large }", []],
  ])("%s", (runsOn, labels) => {
    const text = `on: push\njobs: { a: { runs-on: ${runsOn}, ${matrix}, steps: [] } }\n`;
    const { pipeline } = readPipeline(sourceFile("a.yml", text), repository);
    const [scenario] = pipeline?.scenarios ?? [];
    const [job] = scenario === undefined ? [] : (pipeline?.runsIn(scenario) ?? []);
    expect(job?.runner.map((label) => label.text)).toEqual(labels);
  });
});
