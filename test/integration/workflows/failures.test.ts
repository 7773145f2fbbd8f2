import { afterAll, beforeAll, expect, test } from "vitest";
import { createCiProject, generateWorkflows, loginsOf } from "../../support/ci/ci-project.ts";
import { observe, observeRerun, type ObservedRun } from "../../support/ci/ci-runs.ts";
import { type PackageRegistry, startPackageRegistry } from "../../support/ci/package-registry.ts";
import { testEngine } from "../../support/engine.ts";
import { jobOf } from "../../support/workflows/record.ts";
import type { WorkflowProject } from "../../support/workflows/workflow-project.ts";

let registry: PackageRegistry;
let project: WorkflowProject;
let failed: ObservedRun;

// `worker` fails as long as its secret is not the right one: a re-run has the same files.
beforeAll(async () => {
  registry = await startPackageRegistry();
  project = createCiProject(registry, (id) => ({
    "layerkeep.yml": `cache: { repository: ${registry.host}/private/cache }
branches: { default: main }
ci: { logins: ${loginsOf(registry)} }
publish: { repository: "${registry.host}/private/{name}", tags: ["type=ref,event=branch"] }
defaults: { context: "{name}", platforms: [linux/amd64] }
variants:
  base: {}
  app: { contexts: { base: "variant:base" } }
  worker: { secrets: ["id=password,env=PASSWORD"] }
  consumer: { contexts: { worker: "variant:worker" } }
`,
    "base/Dockerfile": `FROM scratch\nLABEL id=${id}\nCOPY Dockerfile /\n`,
    "app/Dockerfile": "FROM base\nCOPY Dockerfile /app\n",
    "worker/Dockerfile": `FROM ${testEngine().baseImage.reference}\nRUN --mount=type=secret,id=password echo ${id}; grep right /run/secrets/password\n`,
    "consumer/Dockerfile": "FROM worker\nCOPY Dockerfile /consumer\n",
  }));
  await generateWorkflows(project);
  failed = await observe(
    project,
    registry,
    { name: "push", branch: "main" },
    withPassword("wrong"),
  );
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const withPassword = (PASSWORD: string) => ({
  secrets: { ...project.options.secrets, PASSWORD },
});
const inCache = (tags: readonly string[]): readonly string[] =>
  tags.filter((tag) => tag.startsWith("private/cache:leg-"));
const images = (tags: readonly string[]): readonly string[] =>
  tags.filter((tag) => !tag.startsWith("private/cache:"));

test("a failed leg keeps back its own image and what is built on it, and no other", () => {
  expect(failed.results).toEqual({
    plan: "success",
    "build base/linux/amd64": "success",
    "build worker/linux/amd64": "failure",
    "build app/linux/amd64": "success",
    "build consumer/linux/amd64": "failure",
    publish: "failure",
    images: "failure",
  });
  expect(images(failed.written)).toEqual(["private/app:main", "private/base:main"]);
  const errors = jobOf(failed.run, "publish").annotations.map(({ message }) => message);
  expect(errors.join("\n")).toMatch(/worker\/linux\/amd64/);
});

test("the gate names the jobs that failed", () => {
  expect(jobOf(failed.run, "images").annotations.map(({ message }) => message)).toEqual([
    "build-1-1 failed",
    "build-2-1 failed",
    "publish failed",
  ]);
});

test("a run of the failed jobs alone builds what is missing, and publishes it", async () => {
  const { run, written } = await observeRerun(project, registry, failed.run, withPassword("right"));
  expect(run.result).toBe("success");
  const again = run.jobs.filter(({ attempt }) => attempt === 2).map(({ name }) => name);
  expect(again).toEqual([
    "build worker/linux/amd64",
    "build app/linux/amd64",
    "build consumer/linux/amd64",
    "publish",
    "images",
  ]);
  expect(inCache(written)).toEqual(
    ["consumer", "worker"].flatMap((name) => [
      `private/cache:leg-${name}-amd64`,
      `private/cache:leg-${name}-amd64-*`,
    ]),
  );
  expect(images(written)).toEqual(["private/consumer:main", "private/worker:main"]);
});
