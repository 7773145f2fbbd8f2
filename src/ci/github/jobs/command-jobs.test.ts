import { describe, expect, it } from "vitest";
import { configOf } from "../../../../test/support/configs.ts";
import type { JobConfig, JobEntry } from "../../../config/jobs/job-config.ts";
import type { Workflow } from "../document.ts";
import { generateGithub } from "../generate.ts";
import { onPullRequest } from "../blueprints/on-pull-request.ts";
import { onPush } from "../blueprints/on-push.ts";
import { workflowOf } from "../workflow.ts";

function entryOf(name: string, changes: Partial<JobEntry> = {}): JobEntry {
  return {
    name,
    runner: "macos-15",
    inputs: [],
    env: { MODE: "fast" },
    caches: [
      { kind: "ccache", version: undefined, size: 2e9 },
      { kind: "homebrew", formulas: ["ccache", "protobuf"], cellar: ["protobuf"], size: 5e8 },
      { kind: "go", sums: ["**/go.sum"], size: 1e9 },
      { kind: "pip", requirements: ["*.txt"], size: 5e8 },
    ],
    run: "echo ${{ secrets.TOKEN }}",
    artifacts: "*.tar",
    ...changes,
  };
}

const darwin: JobConfig = { name: "darwin", file: "m.yml", entries: [entryOf("a"), entryOf("b")] };

function inputOf(jobs: readonly JobConfig[]) {
  return {
    config: configOf({ jobs }),
    ...{ path: undefined, vars: {}, defaultBranch: "main", ref: "v1.2.3", name: "images" },
  };
}

function jobIn(workflow: Workflow, id: string) {
  const job = workflow.jobs[id];
  if (job === undefined) throw new Error(`no job ${id}`);
  return job;
}

describe("a job without BuildKit", () => {
  const push = workflowOf(onPush(inputOf([darwin])));
  const pullRequest = workflowOf(onPullRequest(inputOf([darwin])));

  it("has the matrix that the plan gives it, and the gate waits for it", () => {
    for (const workflow of [push, pullRequest]) {
      const job = jobIn(workflow, "darwin");
      expect(jobIn(workflow, "plan").outputs?.["jobs"]).toBe("${{ steps.plan.outputs.jobs }}");
      expect(job.strategy?.matrix).toBe(
        "${{ fromJSON(needs.plan.outputs.jobs || '{}')['darwin'] }}",
      );
      expect(job.permissions).toEqual({ contents: "read" });
      expect(jobIn(workflow, "gate").needs).toContain("darwin");
      expect(JSON.stringify(jobIn(workflow, "gate").steps)).toContain(
        "darwin: ${{ needs.plan.result == 'success' && (needs.plan.outputs.jobs == '' || fromJSON(needs.plan.outputs.jobs || '{}')['darwin'].include[0] != null) }}",
      );
    }
  });

  it("restores every cache always, and saves it on the default branch if it is new", () => {
    const stepsWith = (workflow: Workflow, action: string) =>
      jobIn(workflow, "darwin").steps.filter(({ uses }) => uses?.includes(action));
    expect(stepsWith(push, "cache/restore@")).toEqual(stepsWith(pullRequest, "cache/restore@"));
    expect(stepsWith(pullRequest, "cache/restore@")).toHaveLength(4);
    expect(stepsWith(pullRequest, "cache/save@")).toEqual([]);
    const saves = stepsWith(push, "cache/save@");
    expect(saves.map(({ name }) => name)).toEqual([
      "Save ccache",
      "Save homebrew",
      "Save go",
      "Save pip",
    ]);
    expect(saves[2]?.if).toBe(
      "${{ github.ref == 'refs/heads/main' && matrix.keys.go && steps.cache-go.outputs.cache-hit != 'true' }}",
    );
    const modes = [push, pullRequest].map((workflow) => jobIn(workflow, "darwin")["cache-mode"]);
    expect(modes).toEqual(["write", "read"]);
  });

  it("installs formulas after all restores, and sets up ccache after that", () => {
    const names = jobIn(push, "darwin").steps.map(({ name }) => name);
    const at = (name: string) => names.indexOf(name);
    expect(at("Restore pip")).toBeLessThan(at("Install formulas"));
    expect(at("Install formulas")).toBeLessThan(at("Set up ccache"));
    expect(at("Set up ccache")).toBeLessThan(at("Run"));
  });

  it("has an epoch in the key of wheels, and no second best of another epoch", () => {
    const steps = jobIn(push, "darwin").steps;
    const { key, "restore-keys": others } = steps.find(({ id }) => id === "cache-pip")?.with ?? {};
    const start =
      "layerkeep-darwin-pip-${{ runner.os }}-${{ runner.arch }}-${{ matrix.name }}-${{ matrix.epoch }}-";
    expect([key, others]).toEqual([`${start}\${{ matrix.keys.pip }}`, `${start}\n`]);
  });

  it("has nothing of the config's texts in the workflow", () => {
    const texts = JSON.stringify([push, pullRequest]);
    expect(texts).not.toContain("secrets.TOKEN");
    expect(jobIn(push, "darwin").steps.find(({ name }) => name === "Run")?.env).toEqual({
      MODE: "${{ matrix.env.MODE }}",
      COMMAND: "${{ matrix.run }}",
    });
  });

  it("has no cache steps and no access to the cache without caches", () => {
    const plain = { ...darwin, entries: [entryOf("a", { caches: [], artifacts: undefined })] };
    const job = jobIn(workflowOf(onPush(inputOf([plain]))), "darwin");
    expect(job.steps.map(({ name }) => name)).toEqual(["Check out", "Run"]);
    expect(job["cache-mode"]).toBeUndefined();
  });
});

describe("the budget", () => {
  it("is a table in a comment of the file", () => {
    const [file] = generateGithub(inputOf([darwin]));
    expect(file?.text.split("\n").slice(2, 10)).toEqual([
      "",
      "# What the jobs' caches need at most:",
      "# darwin ccache      2 x 2 GB    4 GB",
      "# darwin homebrew  1 x 500 MB  500 MB",
      "# darwin go          1 x 1 GB    1 GB",
      "# darwin pip       2 x 500 MB    1 GB",
      "# together                     6.5 GB",
      "# allowed                       10 GB",
    ]);
  });

  it("refuses matrices that are too large for outputs", () => {
    const run = "x".repeat(2_000);
    const entries = Array.from({ length: 250 }, (_, index) => entryOf(`e${index}`, { run }));
    expect(() => generateGithub(inputOf([{ ...darwin, entries }]))).toThrow(
      "GitHub accepts at most 1 MB of matrices per run",
    );
  });
});
