import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCiProject, generateWorkflows, loginsOf } from "../../support/ci/ci-project.ts";
import { observe, observeRerun, type ObservedRun } from "../../support/ci/ci-runs.ts";
import { forkOf } from "../../support/ci/fork.ts";
import { type PackageRegistry, startPackageRegistry } from "../../support/ci/package-registry.ts";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import { jobOf } from "../../support/workflows/record.ts";
import type { RunOptions } from "../../support/workflows/run-state.ts";
import type { WorkflowProject } from "../../support/workflows/workflow-project.ts";

let registry: PackageRegistry;
let project: WorkflowProject;

beforeEach(async () => {
  registry = await startPackageRegistry();
  project = createCiProject(registry, (id) => ({
    "layerkeep.yml": `cache: { repository: ${registry.host}/private/cache }
branches: { default: main }
ci: { logins: ${loginsOf(registry)} }
publish: { repository: "${registry.host}/private/{name}", tags: ["type=ref,event=branch"] }
variants: { core: { platforms: [linux/amd64] } }
`,
    Dockerfile: `FROM scratch\nLABEL id=${id}\nCOPY Dockerfile /\n`,
  }));
  await generateWorkflows(project);
});
afterEach(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const push: GithubEvent = { name: "push", branch: "main" };
const on = (event: GithubEvent, more?: Partial<RunOptions>) =>
  observe(project, registry, event, more);
const errorsOf = ({ run }: ObservedRun, job: string): string =>
  jobOf(run, job)
    .annotations.filter(({ level }) => level === "error")
    .map(({ message }) => message)
    .join("\n");
const noEngine = () => ({
  env: { ...project.options.env, DOCKER_HOST: "unix:///none.sock" },
});
const build = "build core/linux/amd64";

test("a runner without an engine fails, and a re-run needs the plan of this run", async () => {
  const failed = await on(push, noEngine());
  expect(failed.results).toMatchObject({ [build]: "failure", publish: "failure" });
  expect(failed.results).toMatchObject({ images: "failure" });
  expect(failed.written).toEqual([]);
  expect(errorsOf(failed, build)).toMatch(/builder "default" did not respond/);

  const gone = await observeRerun(project, registry, { ...failed.run, artifacts: {} });
  expect(gone.results).toMatchObject({ [build]: "failure", images: "failure" });
  expect(errorsOf(gone, build)).toContain("Artifact not found for name: layerkeep-plan");
  expect(gone.tried).toBe(false);

  const folder = join(project.outside, "other-plan");
  cpSync(failed.run.artifacts["layerkeep-plan"] ?? "", folder, { recursive: true });
  const plan = readFileSync(join(folder, "plan.json"), "utf8");
  writeFileSync(join(folder, "plan.json"), `${plan}\n`);
  const artifacts = { "layerkeep-plan": folder };
  const other = await observeRerun(project, registry, { ...failed.run, artifacts });
  expect(other.results).toMatchObject({ [build]: "failure", images: "failure" });
  expect(errorsOf(other, build)).toMatch(/plan\.json .*sha256:/);
  expect(other.tried).toBe(false);
});

test("a config that is newer than the action is an error on its line", async () => {
  const config = readFileSync(join(project.dir, "layerkeep.yml"), "utf8");
  project.write({ "layerkeep.yml": `${config}teleport: { to: moon }\n` });
  project.commit("newer");
  const seen = await on(push);
  expect(seen.results).toEqual({ plan: "failure", images: "failure" });
  expect(jobOf(seen.run, "plan").annotations).toContainEqual(
    expect.objectContaining({ level: "error", file: "layerkeep.yml", line: "6" }),
  );
  expect(errorsOf(seen, "plan")).toContain("teleport");
  expect(seen.tried).toBe(false);
});

test("a fork that cannot read the cache is warned, and a repository without its secrets fails", async () => {
  const fork = forkOf(project, { Dockerfile: "FROM scratch\nCOPY Dockerfile /fork\n" });
  const pull = await on({
    ...{ name: "pull_request", number: 9, base: "main" },
    head: { branch: "change", fork },
  });
  expect(pull).toMatchObject({ results: { [build]: "success", images: "success" }, tried: false });
  const warnings = jobOf(pull.run, "plan").annotations.map(({ message }) => message);
  expect(warnings).toEqual([
    expect.stringMatching(/^the cache repository could not be read.* authentication required$/),
  ]);

  const seen = await on(push, { secrets: {} });
  expect(seen.results).toEqual({ plan: "failure", images: "failure" });
  expect(errorsOf(seen, "plan")).toContain("Username and password required");
  expect(seen.tried).toBe(false);
});

test("an output that GitHub drops, because a secret is in it, is not taken for nothing to do", async () => {
  const seen = await on(push, { secrets: { ...project.options.secrets, NAME: "core" } });
  expect(seen.results).toMatchObject({ plan: "success", images: "failure" });
  expect(jobOf(seen.run, "plan").annotations).toContainEqual({
    ...{ level: "warning" },
    message: "Skip output 'matrices' since it may contain secret.",
  });
  expect(errorsOf(seen, "images")).toBe("build-1-1 failed\npublish failed");
  expect(seen.tried).toBe(false);
});
