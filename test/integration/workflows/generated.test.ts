import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createCiProject,
  daysLater,
  generateWorkflows,
  loginsOf,
} from "../../support/ci/ci-project.ts";
import { forkOf } from "../../support/ci/fork.ts";
import { observe } from "../../support/ci/ci-runs.ts";
import { type PackageRegistry, startPackageRegistry } from "../../support/ci/package-registry.ts";
import { testEngine } from "../../support/engine.ts";
import { moveTag } from "../../support/move-tag.ts";
import type { GithubEvent } from "../../support/workflows/events/event.ts";
import type { RunOptions } from "../../support/workflows/run-state.ts";
import type { WorkflowProject } from "../../support/workflows/workflow-project.ts";

// Each test goes on from what those before it have written: only the first push builds everything.
let registry: PackageRegistry;
let project: WorkflowProject;
let upstream: string;

beforeAll(async () => {
  registry = await startPackageRegistry();
  const [hub] = testEngine().registries;
  project = createCiProject(registry, (id) => ({
    upstream: (upstream = `${hub}/${id}/upstream:1`),
    "layerkeep.yml": `cache: { repository: ${registry.host}/public/cache, retention: { unused: 30d, legs: 1 } }
branches: { default: main }
refresh: { arg: EPOCH, every: week }
vars: { GREETING: hello }
ci:
  logins: ${loginsOf(registry)}
  dispatch: { GREETING: { default: hello } }
publish: { repository: "${registry.host}/public/{name}", tags: ["type=ref,event=branch", "type=ref,event=tag"] }
defaults: { context: "{name}", platforms: [linux/amd64] }
variants:
  base: { publish: false }
  app: { contexts: { base: "variant:base" } }
  site: { contexts: { app: "variant:app" }, args: { GREETING: "\${GREETING}" } }
  tool: { platforms: [linux/amd64, linux/arm64] }
`,
    "base/Dockerfile": `FROM ${upstream}\nRUN echo ${id} > /id\n`,
    "app/Dockerfile": "FROM base\nCOPY Dockerfile /app\n",
    "site/Dockerfile": "FROM app\nARG GREETING\nRUN echo $GREETING > /site\n",
    "tool/Dockerfile": "FROM scratch\nARG EPOCH\nCOPY Dockerfile /\n",
  }));
  await moveTag(upstream, "first");
  await generateWorkflows(project);
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const on = (event: GithubEvent, more?: Partial<RunOptions>) =>
  observe(project, registry, event, more);
const push: GithubEvent = { name: "push", branch: "main" };
const builds = (...legs: string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(legs.map((leg) => [`build ${leg}`, "success"]));
const amd64 = (...names: string[]): readonly string[] => names.map((name) => `${name}/linux/amd64`);
const done = { plan: "success", images: "success" };
const published = { ...done, publish: "success" };
const tags = (tag: string, ...names: string[]): readonly string[] =>
  names.map((name) => `public/${name}:${tag}`);
/** What a built leg leaves in the cache repository. */
const staged = (...legs: string[]): readonly string[] =>
  legs
    .flatMap((leg) => tags(`leg-${leg}`, "cache"))
    .concat(
      legs.flatMap((leg) => [...tags(`leg-${leg}-*`, "cache"), ...tags(`log-${leg}`, "cache")]),
    );
/** What it leaves if its cache has changed. */
const cached = (...legs: string[]): readonly string[] =>
  legs.flatMap((leg) => tags(`cache-${leg}`, "cache"));
const nothing = { written: [], deleted: [], writers: [], tried: false };
const written = (...names: (readonly string[])[]) => ({
  written: names.flat().sort(),
  deleted: [],
  writers: ["writer"],
  tried: true,
});

test("the first push builds all levels, and publishes", async () => {
  const { run, ...seen } = await on(push);
  expect(seen).toEqual({
    results: {
      ...published,
      ...builds(...amd64("base", "app", "site", "tool"), "tool/linux/arm64"),
    },
    ...written(
      staged("base-amd64", "app-amd64", "site-amd64", "tool-amd64", "tool-arm64"),
      cached("base-amd64", "app-amd64", "site-amd64", "tool-amd64", "tool-arm64"),
      tags("main", "app", "site", "tool"),
    ),
  });
  expect(run.concurrency).toMatchObject({ queue: "max" });
});

test("the next push builds nothing, and publishes what there is", async () => {
  project.commit("empty");
  const { run, ...seen } = await on(push);
  expect(seen).toEqual({ results: published, ...written(tags("main", "app", "site", "tool")) });
  expect(run.result).toBe("success");
});

test("a pull request from the repository checks what it affects, and writes nothing", async () => {
  project.git("checkout", "-q", "-b", "topic");
  project.write({ "tool/Dockerfile": "FROM scratch\nARG EPOCH\nCOPY Dockerfile /topic\n" });
  project.commit("topic");
  project.git("checkout", "-q", "main");
  const { run, ...seen } = await on({
    ...{ name: "pull_request", number: 7, base: "main" },
    head: { branch: "topic" },
  });
  expect(seen).toEqual({
    results: { ...done, ...builds("tool/linux/amd64", "tool/linux/arm64") },
    ...nothing,
  });
  expect(run.jobs.map(({ permissions }) => permissions)).not.toContainEqual(
    expect.objectContaining({ packages: "write" }),
  );
});

test("a pull request from a fork checks a whole chain in one level, and writes nothing", async () => {
  const fork = forkOf(project, { "app/Dockerfile": "FROM base\nRUN echo fork > /app\n" });
  const { run, ...seen } = await on({
    ...{ name: "pull_request", number: 8, base: "main" },
    head: { branch: "change", fork },
  });
  expect(seen).toEqual({ results: { ...done, ...builds(...amd64("app", "site")) }, ...nothing });
  expect(run.jobs.flatMap(({ steps }) => steps)).toContainEqual(
    expect.objectContaining({ name: `Log in to ${registry.host}`, outcome: "skipped" }),
  );
});

test("the merge queue checks what a change affects, and writes nothing", async () => {
  const headCommit = project.git("rev-parse", "topic");
  const { run, ...seen } = await on({ name: "merge_group", base: "main", headCommit });
  expect(seen).toEqual({
    results: { ...done, ...builds("tool/linux/amd64", "tool/linux/arm64") },
    ...nothing,
  });
  expect(run.result).toBe("success");
});

test("a tag is published from the legs of its branch", async () => {
  project.git("tag", "v1.0.0");
  const { run, ...seen } = await on({ name: "push", tag: "v1.0.0" });
  expect(seen).toEqual({
    results: published,
    ...written(...["v1.0.0", "latest"].map((tag) => tags(tag, "app", "site", "tool"))),
  });
  expect(run.result).toBe("success");
});

test("a run that is started by hand takes its inputs for variables", async () => {
  const { run, ...seen } = await on({
    ...{ name: "workflow_dispatch", branch: "main" },
    inputs: { GREETING: "good morning" },
  });
  expect(seen).toEqual({
    results: { ...published, ...builds("site/linux/amd64") },
    ...written(staged("site-amd64"), cached("site-amd64"), tags("main", "site")),
  });
  expect(run.result).toBe("success");
});

test("a run that is started by hand on another branch writes nothing", async () => {
  const { run, ...seen } = await on({ name: "workflow_dispatch", branch: "topic" });
  expect(seen).toEqual({
    results: { ...done, ...builds("tool/linux/amd64", "tool/linux/arm64") },
    ...nothing,
  });
  expect(run.result).toBe("success");
});

test("a new epoch builds what depends on it, and undoes what a run by hand has published", async () => {
  const { run, ...seen } = await on(
    { name: "schedule", cron: "17 3 * * 1" },
    daysLater(project, 7),
  );
  expect(seen).toEqual({
    results: { ...published, ...builds("tool/linux/amd64", "tool/linux/arm64") },
    ...written(staged("tool-amd64", "tool-arm64"), tags("main", "site", "tool")),
  });
  expect(run.result).toBe("success");
});

test("the daily run builds what is on moved base images, and publishes no other", async () => {
  await moveTag(upstream, "second");
  const { run, ...seen } = await on({ name: "schedule", cron: "41 4 * * *" });
  expect(seen).toEqual({
    results: { ...published, ...builds(...amd64("base", "app", "site")) },
    ...written(
      staged("base-amd64", "app-amd64", "site-amd64"),
      cached("base-amd64", "app-amd64", "site-amd64"),
      tags("main", "app", "site"),
    ),
  });
  expect(run.result).toBe("success");
});

test("the run that prunes deletes what is old, and nothing else", async () => {
  const later = daysLater(project, 60);
  const { run, ...seen } = await on({ name: "schedule", cron: "29 5 * * 0" }, later);
  expect(seen).toMatchObject({ results: { prune: "success", images: "success" }, written: [] });
  expect(seen.deleted).toEqual([
    ...cached("app-amd64", "base-amd64", "site-amd64", "tool-amd64", "tool-arm64"),
    ...tags("leg-site-amd64-*", "cache"),
    ...tags("leg-tool-amd64-*", "cache"),
    ...tags("leg-tool-arm64-*", "cache"),
  ]);
  expect(run.result).toBe("success");
});
