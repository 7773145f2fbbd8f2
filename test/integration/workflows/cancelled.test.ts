import { afterAll, beforeAll, expect, test } from "vitest";
import { createCiProject, generateWorkflows, loginsOf } from "../../support/ci/ci-project.ts";
import { observe } from "../../support/ci/ci-runs.ts";
import { type PackageRegistry, startPackageRegistry } from "../../support/ci/package-registry.ts";
import { testEngine } from "../../support/engine.ts";
import { processesWith } from "../../support/processes.ts";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import { jobOf } from "../../support/workflows/record.ts";
import type { WorkflowProject } from "../../support/workflows/workflow-project.ts";

const push: GithubEvent = { name: "push", branch: "main" };
let registry: PackageRegistry;
let project: WorkflowProject;

beforeAll(async () => {
  registry = await startPackageRegistry();
  project = createCiProject(registry, (id) => ({
    "layerkeep.yml": `cache: { repository: ${registry.host}/private/${id} }
branches: { default: main }
ci: { logins: ${loginsOf(registry)} }
publish: { repository: "${registry.host}/private/{name}", tags: ["type=ref,event=branch"] }
defaults: { context: "{name}", platforms: [linux/amd64] }
variants:
  quick: {}
  slow: { contexts: { quick: "variant:quick" } }
`,
    "quick/Dockerfile": `FROM ${testEngine().baseImage.reference}\nRUN echo ${id} > /id\n`,
    "slow/Dockerfile": "FROM quick\nRUN sleep 300\n",
  }));
  await generateWorkflows(project);
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

test("a run that is cancelled in a build ends in time, and the next one goes on from it", async () => {
  const { id } = project;
  const leg = (name: string): readonly string[] =>
    ["cache-*", "leg-*", "leg-*-*", "log-*"].map(
      (tag) => `private/${id}:${tag.replace("*", `${name}-amd64`)}`,
    );
  const cancelled = await observe(project, registry, push, {
    cancelAt: ({ line }) => line?.includes("RUN sleep 300") === true,
  });
  expect(cancelled.run.result).toBe("cancelled");
  expect(cancelled.results).toEqual({
    plan: "success",
    "build quick/linux/amd64": "success",
    "build slow/linux/amd64": "cancelled",
    images: "failure",
  });
  const slow = jobOf(cancelled.run, "build slow/linux/amd64");
  expect(slow.annotations.map(({ message }) => message)).toEqual([
    expect.stringContaining("interrupted by SIGINT: 0 of 1 leg staged"),
  ]);
  expect(jobOf(cancelled.run, "images").annotations).toMatchObject([
    { message: "build-2-1 was cancelled" },
    { message: "publish was skipped, although it had work to do" },
  ]);
  expect(cancelled.written).toEqual(leg("quick"));
  expect(await processesWith(`private/${id}`)).toEqual([]);

  project.write({ "slow/Dockerfile": "FROM quick\nRUN true\n" });
  project.commit("faster");
  const next = await observe(project, registry, push);
  expect(next.results).toEqual({
    plan: "success",
    "build slow/linux/amd64": "success",
    publish: "success",
    images: "success",
  });
  expect(next.written).toEqual(["private/quick:main", "private/slow:main", ...leg("slow")].sort());
});
