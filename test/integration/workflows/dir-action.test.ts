import { afterAll, beforeAll, expect, test } from "vitest";
import { createCiProject } from "../../support/ci/ci-project.ts";
import { forkOf } from "../../support/ci/fork.ts";
import { observe } from "../../support/ci/ci-runs.ts";
import { type PackageRegistry, startPackageRegistry } from "../../support/ci/package-registry.ts";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import { jobOf, type RunRecord } from "../../support/workflows/record.ts";
import type { WorkflowProject } from "../../support/workflows/workflow-project.ts";

/* The bundled actions `dir`, `dir/restore` and `dir/save`, in jobs without Docker's logins. */

// Each test goes on from what those before it have written.
let registry: PackageRegistry;
let project: WorkflowProject;

beforeAll(async () => {
  registry = await startPackageRegistry();
  project = createCiProject(registry, () => ({
    "layerkeep.yml": `cache: ${registry.host}/public/cache
branches: { default: main }
dirs:
  deps: { key: "deps-{hash:lock}", or: ["deps-"], paths: [deps] }
variants: { app: }
`,
    Dockerfile: "FROM scratch\n",
    lock: "1\n",
    ".github/workflows/dir.yml": workflowOf(`
      - id: cache
        uses: layerkeep/layerkeep/actions/dir@v1
        with: { names: deps, ${login()} }
      - run: mkdir -p deps && if [ -f deps/runs ]; then cat deps/runs; fi
      - run: echo "run of $GITHUB_SHA" >> deps/runs && echo changed > lock
      - run: test ! -f fails
`),
    ".github/workflows/two-steps.yml": workflowOf(`
      - id: cache
        uses: layerkeep/layerkeep/actions/dir/restore@v1
        with: { key: "home-{os}-{hash:lock}", restore-keys: home-, path: "none\\n~/.tool", ${login()} }
      - run: mkdir -p ~/.tool && if [ -f ~/.tool/file ]; then cat ~/.tool/file; fi
      - run: echo "of tool" > ~/.tool/file && exit 1
      - uses: layerkeep/layerkeep/actions/dir/save@v1
        if: always()
        with: { key: "home-{os}-{hash:lock}", path: "~/.tool\\nnone", ${login()} }
`),
    ".github/workflows/required.yml": workflowOf(`
      - id: cache
        uses: layerkeep/layerkeep/actions/dir@v1
        with: { key: "home-{os}-{hash:lock}", path: ~/.tool, lookup-only: true, fail-on-cache-miss: true, ${login()} }
`),
    ".github/workflows/wrong.yml": workflowOf(`
      - uses: layerkeep/layerkeep/actions/dir@v1
        with: { names: dep }
`),
  }));
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

function login(): string {
  const { host } = registry;
  return `registry: "${host}", username: "\${{ secrets.WRITER }}", password: "\${{ secrets.WRITER_PASSWORD }}"`;
}

function workflowOf(steps: string): string {
  return `on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-24.04
    permissions: { contents: read, packages: write }
    steps:
      - uses: actions/checkout@v7${steps.trimEnd()}
`;
}

const push: GithubEvent = { name: "push", branch: "main" };
const on = (event: GithubEvent, workflow = "dir") =>
  observe(project, registry, event, {}, [`.github/workflows/${workflow}.yml`]);
const outputsOf = (run: RunRecord) =>
  jobOf(run, "test").steps.find(({ id }) => id === "cache")?.outputs;
const saidIn = (run: RunRecord) =>
  jobOf(run, "test")
    .annotations.map(({ level, message }) => `${level}: ${message}`)
    .join("\n");
/** The key of the first job. */
let first: string;

test("the first job finds nothing, and saves under the key that it began with", async () => {
  const { run, written, writers } = await on(push);
  expect(run.result).toBe("success");
  const [tag = ""] = written;
  first = tag.replace("public/cache:dir-", "");
  expect(first).toMatch(/^deps-[0-9a-f]{20}$/);
  expect(writers).toEqual(["writer"]);
  expect(outputsOf(run)).toEqual({
    "cache-hit": "false",
    "cache-primary-key": first,
    "cache-matched-key": "",
  });
  const { log, annotations } = jobOf(run, "test");
  expect(log).toContain(`no cache found for ${first}; nothing restored`);
  expect(log).toContain(`saved ${first}: 1 file, `);
  expect(annotations).toEqual([]);
});

test("the next job has the folder, and saves what it added", async () => {
  const { run, written } = await on(push);
  expect(outputsOf(run)).toEqual({
    "cache-hit": "true",
    "cache-primary-key": first,
    "cache-matched-key": first,
  });
  expect(jobOf(run, "test").log).toContain(`run of ${project.git("rev-parse", "HEAD")}`);
  expect(written).toEqual([`public/cache:dir-${first}`]);
});

test("another lock file begins with the newest cache, and a failed job saves nothing", async () => {
  project.write({ lock: "2\n", fails: "" });
  project.commit("other lock, failing");
  const { run, tried } = await on(push);
  expect({ result: run.result, tried }).toEqual({ result: "failure", tried: false });
  expect(outputsOf(run)).toMatchObject({ "cache-hit": "false", "cache-matched-key": first });
  project.git("rm", "-q", "fails");
  project.commit("works");
});

test("a fork's pull request restores without secrets, saves nothing, and is green", async () => {
  const head = { branch: "change", fork: forkOf(project, { lock: "1\n" }) };
  const { run, tried } = await on({ name: "pull_request", number: 8, base: "main", head });
  expect({ result: run.result, tried }).toEqual({ result: "success", tried: false });
  expect(outputsOf(run)).toMatchObject({ "cache-hit": "true", "cache-matched-key": first });
  const { log, annotations } = jobOf(run, "test");
  expect(log).toContain(`${first} was not saved: `);
  expect(annotations).toEqual([]);
});

test("two steps restore and save, also if a step between them failed", async () => {
  const { run, written } = await on(push, "two-steps");
  expect(run.result).toBe("failure");
  expect(written.join(" ")).toMatch(/^public\/cache:dir-home-linux-[0-9a-f]{20}$/);
  const again = await on(push, "two-steps");
  expect(outputsOf(again.run)).toMatchObject({ "cache-hit": "true" });
  // A path that was not saved stays as it is.
  expect(jobOf(again.run, "test").log).toContain("of tool");
});

test("a cache can be required, and looked up without restoring it", async () => {
  project.write({ lock: "3\n" });
  project.commit("a third lock");
  const missing = await on(push, "required");
  expect(missing).toMatchObject({ run: { result: "failure" }, tried: false });
  expect(saidIn(missing.run)).toMatch(/^error: no cache found for home-linux-\w+, and fail-on/);
  await on(push, "two-steps");
  const found = await on(push, "required");
  expect(found).toMatchObject({ run: { result: "success" }, tried: false });
  expect(outputsOf(found.run)).toMatchObject({ "cache-hit": "true" });
  expect(jobOf(found.run, "test").log).not.toContain("restored");
});

test("what is wrong with the inputs fails the job; a registry that fails does not", async () => {
  const wrong = await on(push, "wrong");
  expect(saidIn(wrong.run)).toContain(
    'error: the config declares no directory cache "dep" (did you mean "deps"?)',
  );
  project.write({
    "layerkeep.yml":
      "cache: 127.0.0.1:9/gone\ndirs: { deps: { key: deps, paths: [deps] } }\nvariants: { app: }\n",
  });
  project.commit("the registry is gone");
  const { run } = await on(push);
  expect(run.result).toBe("success");
  expect(saidIn(run)).toMatch(
    /^warning: no cache was restored: .*127\.0\.0\.1:9.*\nwarning: nothing was saved: .*127\.0\.0\.1:9/,
  );
  expect(outputsOf(run)).toMatchObject({ "cache-hit": "false" });
});
