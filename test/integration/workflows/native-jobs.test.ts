import { afterAll, beforeAll, expect, test } from "vitest";
import { createCiProject, generateWorkflows, loginsOf } from "../../support/ci/ci-project.ts";
import { forkOf } from "../../support/ci/fork.ts";
import { observe } from "../../support/ci/ci-runs.ts";
import { type PackageRegistry, startPackageRegistry } from "../../support/ci/package-registry.ts";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import { jobOf, type RunRecord } from "../../support/workflows/record.ts";
import type { WorkflowProject } from "../../support/workflows/workflow-project.ts";

/* Generated jobs without BuildKit, which keep directory caches in the cache repository. */

let registry: PackageRegistry;
let project: WorkflowProject;

beforeAll(async () => {
  registry = await startPackageRegistry();
  project = createCiProject(registry, () => ({
    "layerkeep.yml": `cache: ${registry.host}/public/cache
branches: { default: main }
ci: { logins: ${loginsOf(registry)}, schedule: { stale: false } }
dirs:
  tool: { key: "tool-{os}-{env:FLAVOUR}-{hash:lock}", or: ["tool-{os}-{env:FLAVOUR}-"], paths: [tool] }
jobs:
  native:
    matrix: flavours.json
    at: flavours
    name: "{flavour}"
    runner: macos-15
    env: { FLAVOUR: "{flavour}" }
    dirs: [tool]
    run: |
      mkdir -p tool
      if [ -f tool/built ]; then cat tool/built; fi
      echo "built $FLAVOUR" > tool/built
variants: { app: { platforms: [linux/amd64] } }
`,
    "flavours.json": '{"flavours":[{"flavour":"sweet"},{"flavour":"sour"}]}',
    Dockerfile: "FROM scratch\nCOPY lock /\n",
    lock: "1\n",
  }));
  await generateWorkflows(project);
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const on = (event: GithubEvent) => observe(project, registry, event);
const push: GithubEvent = { name: "push", branch: "main" };
const logOf = (run: RunRecord, flavour: string) => jobOf(run, `native ${flavour}`).log;
const dirTags = (tags: readonly string[]) =>
  tags.filter((tag) => tag.includes(":dir-")).map((tag) => tag.replace(/-[0-9a-f]{20}$/, ""));

test("a push saves a cache for each entry, and the next one restores it", async () => {
  const first = await on(push);
  expect(first.run.result).toBe("success");
  const saved = ["public/cache:dir-tool-linux-sour", "public/cache:dir-tool-linux-sweet"];
  expect(dirTags(first.written)).toEqual(saved);
  expect(logOf(first.run, "sour")).not.toContain("built sour");
  const next = await on(push);
  expect(next.run.result).toBe("success");
  expect(logOf(next.run, "sour")).toContain("built sour");
  expect(logOf(next.run, "sweet")).toContain("built sweet");
});

test("a pull request restores, and writes nothing", async () => {
  const head = { branch: "change", fork: forkOf(project, { lock: "2\n" }) };
  const { run, tried } = await on({ name: "pull_request", number: 8, base: "main", head });
  expect({ result: run.result, tried }).toEqual({ result: "success", tried: false });
  expect(logOf(run, "sour")).toContain("built sour");
});
