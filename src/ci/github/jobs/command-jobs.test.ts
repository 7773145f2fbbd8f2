import { describe, expect, it } from "vitest";
import { cacheOf, ciOf, configOf } from "../../../../test/support/configs.ts";
import type { JobConfig, JobEntry } from "../../../config/jobs/job-config.ts";
import { parseRepository } from "../../../oci/reference.ts";
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
    dirs: [],
    run: "echo ${{ secrets.TOKEN }}",
    artifacts: "*.tar",
    ...changes,
  };
}

const darwin: JobConfig = { name: "darwin", file: "m.yml", entries: [entryOf("a"), entryOf("b")] };

function inputOf(jobs: readonly JobConfig[]) {
  return {
    config: configOf({ jobs }),
    ...{
      path: undefined,
      source: "layerkeep.yml",
      vars: {},
      defaultBranch: "main",
      ref: "v1.2.3",
      name: "images",
    },
  };
}

function jobIn(workflow: Workflow, id: string) {
  const job = workflow.jobs[id];
  if (job === undefined) throw new Error(`no job ${id}`);
  return job;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
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
      "layerkeep-darwin.pip-${{ runner.os }}-${{ runner.arch }}-${{ matrix.name }}@${{ matrix.epoch }}-";
    expect([key, others]).toEqual([`${start}\${{ matrix.keys.pip }}`, `${start}\n`]);
  });

  it("restores no cache of an entry or a job whose name only begins with its own", () => {
    const cacheStepsOf = (job: JobConfig, entry: string) =>
      jobIn(workflowOf(onPush(inputOf([job]))), job.name).steps.flatMap(({ uses, with: given }) => {
        if (uses?.includes("cache/restore@") !== true) return [];
        const filled = (name: string) =>
          textOf(given?.[name]).replaceAll("${{ matrix.name }}", entry);
        const others = filled("restore-keys").split("\n");
        return [{ key: filled("key"), others: others.filter((line) => line !== "") }];
      });
    const [short, long] = [cacheStepsOf(darwin, "a"), cacheStepsOf(darwin, "a-b")];
    const otherJob = cacheStepsOf({ ...darwin, name: "darwin-go" }, "a");
    const second = short.flatMap(({ others }) => others);
    expect(second).toHaveLength(3);
    const ofEntry = second.filter((start) => start.includes("-a"));
    expect(ofEntry).toHaveLength(2);
    expect(ofEntry.filter((start) => long.some(({ key }) => key.startsWith(start)))).toEqual([]);
    expect(second.filter((start) => otherJob.some(({ key }) => key.startsWith(start)))).toEqual([]);
  });

  it("keeps artifacts under names that no other job has", () => {
    const names = [
      ["build", "linux-x"],
      ["build-linux", "x"],
    ].map(([name = "", entry = ""]) => {
      const steps = jobIn(workflowOf(onPush(inputOf([{ ...darwin, name }]))), name).steps;
      const given = steps.find((step) => step.name === "Upload artifacts")?.with?.["name"];
      return textOf(given).replace("${{ matrix.name }}", entry);
    });
    expect(names).toEqual(["build.linux-x", "build-linux.x"]);
  });

  it("has nothing of the config's texts in the workflow", () => {
    const texts = JSON.stringify([push, pullRequest]);
    expect(texts).not.toContain("secrets.TOKEN");
    expect(jobIn(push, "darwin").steps.find(({ name }) => name === "Run")?.env).toEqual({
      MODE: "${{ matrix.env.MODE }}",
      LAYERKEEP_COMMAND: "${{ matrix.run }}",
    });
  });

  it("restores and saves the directory caches that it names, with the login of the run", () => {
    const plain = entryOf("a", { caches: [], artifacts: undefined, dirs: ["npm", "ccache"] });
    const native = { ...darwin, name: "native", entries: [plain] };
    const input = inputOf([native]);
    const ofGhcr = workflowOf(onPush(input));
    const [checkout, dirs, run] = jobIn(ofGhcr, "native").steps;
    expect(dirs).toEqual({
      name: "Restore directory caches",
      uses: "layerkeep/layerkeep/actions/dir@v1.2.3",
      with: { names: "npm ccache" },
      env: { MODE: "${{ matrix.env.MODE }}" },
    });
    expect(checkout?.with).toEqual({ "persist-credentials": false });
    expect(run?.name).toBe("Run");
    expect(jobIn(ofGhcr, "native").permissions).toEqual({ contents: "read", packages: "write" });
    expect(jobIn(workflowOf(onPullRequest(input)), "native").permissions).toEqual({
      contents: "read",
      packages: "read",
    });

    const repository = parseRepository("quay.io/acme/cache");
    const read = { username: "READER", password: "READER_PASSWORD" };
    const logins = { "quay.io": { username: "WRITER", password: "WRITER_PASSWORD", read } };
    const config = configOf({
      jobs: [native],
      cache: cacheOf({ repository }),
      ci: ciOf({ logins }),
    });
    const withOf = (workflow: Workflow) => jobIn(workflow, "native").steps[1]?.with;
    expect(withOf(workflowOf(onPush({ ...input, config })))).toMatchObject({
      registry: "quay.io",
      username: "${{ secrets.WRITER }}",
      password: "${{ secrets.WRITER_PASSWORD }}",
    });
    const pull = workflowOf(onPullRequest({ ...input, config }));
    expect(withOf(pull)).toMatchObject({ username: "${{ secrets.READER }}" });
    expect(jobIn(pull, "native").permissions).toEqual({ contents: "read" });
  });

  it("has its caches in the cache repository if the config says so, and not in GitHub's", () => {
    const ci = ciOf({ jobCaches: "registry" });
    const config = configOf({ jobs: [darwin], ci });
    const workflow = workflowOf(onPush({ ...inputOf([]), config }));
    const job = jobIn(workflow, "darwin");
    expect(JSON.stringify(job.steps)).not.toContain("actions/cache");
    expect(job.permissions).toEqual({ contents: "read", packages: "write" });
    expect(job["cache-mode"]).toBeUndefined();
    const own = job.steps.filter(({ uses }) => uses?.includes("/actions/dir@"));
    expect(own.map(({ name }) => name)).toEqual([
      ...["Restore ccache", "Restore homebrew", "Restore go", "Restore pip"],
    ]);
    const machine = "${{ runner.os }}-${{ runner.arch }}";
    const ofEntry = `layerkeep-darwin.ccache-${machine}-\${{ matrix.name }}@`;
    expect(own[0]).toMatchObject({
      if: "${{ matrix.keys.ccache }}",
      with: {
        path: "${{ runner.temp }}/layerkeep-caches/ccache\n",
        key: `${ofEntry}{env:CACHE_KEY}`,
        "restore-keys": `${ofEntry}\n`,
      },
      env: { CACHE_KEY: "${{ matrix.keys.ccache }}" },
    });
    // Links would be followed, into folders that are saved already.
    expect(textOf(own[1]?.with?.["path"])).not.toContain("/opt/");
    const [file] = generateGithub({ ...inputOf([]), config });
    expect(file?.text).not.toContain("Cache space");
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
      "# Cache space that one run of these jobs needs:",
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
      "are larger than the 1 MB that GitHub accepts per run",
    );
  });
});
