import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { makeOrigin, type PipelineEvent, runPipeline } from "../support/gitlab/pipeline.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { engineEnv } from "../support/small-build.ts";

const {
  registries: [registry, second],
  baseImage,
} = testEngine();
const amd64 = "linux/amd64";
let project: Project;

beforeEach(async () => {
  project = createProject((id) => ({
    "layerkeep.yml": `cache: ${registry}/${id}/cache
publish:
  repository: "${second}/${id}/{name}"
  tags: ["type=ref,event=branch", "type=semver,pattern={{version}}"]
variants:
  core: {dockerfile: core.Dockerfile}
  app: {dockerfile: app.Dockerfile, contexts: {base: "variant:core"}}
  other: {dockerfile: other.Dockerfile, secrets: ["id=key,env=OTHER_KEY"]}
`,
    "core.Dockerfile": `FROM ${baseImage.reference}\nRUN echo ${id} > /core\n`,
    "app.Dockerfile": "FROM base\nRUN cat /core > /app\n",
    // Whether it builds depends on what is no input of the leg.
    "other.Dockerfile": `FROM ${baseImage.reference}
RUN --mount=type=secret,id=key echo ${id}; ! grep -q wrong /run/secrets/key
`,
    ".gitignore": ".gitlab-ci-local/\n/layerkeep-*\n",
  }));
  const written = await layerkeep(project, ["ci", "gitlab", "--service", "none"], {
    env: engineEnv(),
  });
  expect(written).toMatchObject({ code: 0, stdout: "wrote .gitlab-ci.yml\n" });
  project.commit("pipeline");
  makeOrigin(project);
});

afterEach(() => project[Symbol.dispose]());

const onMain: PipelineEvent = {
  source: "push",
  branch: "main",
  variables: { OTHER_KEY: "right" },
};
const noSchema = "--no-json-schema-validation";

/** All that is in the registries, by repository. */
async function everything(): Promise<Record<string, readonly string[]>> {
  const names = [`${registry}/${project.id}/cache`].concat(
    ["core", "app", "other"].map((name) => `${second}/${project.id}/${name}`),
  );
  const tags = await Promise.all(names.map(async (name) => Object.keys(await tagsOf(name))));
  return Object.fromEntries(
    names.map((name, index) => [name.split("/").at(-1) ?? "", tags[index] ?? []]),
  );
}

function ofLeg(name: string): unknown[] {
  const staged = expect.stringMatching(new RegExp(`^leg-${name}-amd64-[0-9a-f]{40}$`)) as unknown;
  return [`cache-${name}-amd64`, `leg-${name}-amd64`, staged, `log-${name}-amd64`];
}

test("a push, then a merge request, a tag and schedules: each writes what it may, and nothing else", async () => {
  const pushed = await runPipeline(project, onMain);
  expect(pushed.output).toContain("json schema validated");
  expect({ failed: pushed.failed, jobs: Object.keys(pushed.child ?? {}) }, pushed.output).toEqual({
    failed: [],
    jobs: ["workflow", "stages", "fetch-plan", "build-1-1", "build-2-1", "publish-1"],
  });
  const cache = [...ofLeg("app"), ...ofLeg("core"), ...ofLeg("other")];
  const branches = { core: ["main"], app: ["main"], other: ["main"] };
  const written = await everything();
  expect({ ...written, cache: [...(written["cache"] ?? [])].sort() }).toEqual({
    cache: expect.arrayContaining(cache) as unknown,
    ...branches,
  });
  expect(written["cache"]).toHaveLength(cache.length);

  const again = await runPipeline(project, onMain, noSchema);
  expect(Object.keys(again.child ?? {}), again.output).toEqual([
    ...["workflow", "stages", "fetch-plan", "publish-1"],
  ]);
  expect(await everything()).toEqual(written);

  project.write({ "core.Dockerfile": `FROM ${baseImage.reference}\nRUN echo changed > /core\n` });
  project.commit("topic");
  const merge = await runPipeline(project, { source: "merge_request_event" }, noSchema);
  expect({ failed: merge.failed, child: merge.child }, merge.output).toMatchObject({
    failed: [],
    child: {
      "build-1-1": { interruptible: true, parallel: { matrix: [{ LEGS: legs("core", "app") }] } },
    },
  });
  expect(Object.keys(merge.child ?? {})).toEqual(["workflow", "stages", "fetch-plan", "build-1-1"]);
  expect(await everything()).toEqual(written);

  project.git("reset", "-q", "--hard", "HEAD~");
  project.git("tag", "v1.2.3");
  project.git("push", "-q", "origin", "v1.2.3");
  const tagged = await runPipeline(project, { source: "push", tag: "v1.2.3" }, noSchema);
  expect(tagged.failed, tagged.output).toEqual([]);
  const tags = ["1.2.3", "latest", "main"];
  const released = { core: tags, app: tags, other: tags };
  expect(await everything()).toEqual({ ...written, ...released });

  const run = (LAYERKEEP_RUN: string) =>
    runPipeline(project, { ...onMain, source: "schedule", variables: { LAYERKEEP_RUN } }, noSchema);
  const stale = await run("stale");
  expect({ failed: stale.failed, jobs: Object.keys(stale.child ?? {}) }, stale.output).toEqual({
    failed: [],
    jobs: ["workflow", "stages", "nothing-to-do"],
  });
  const misspelt = await run("stall");
  expect(misspelt.failed).toEqual(["plan"]);
  expect(misspelt.output).toContain('LAYERKEEP_RUN is "stall": use refresh, stale or prune');
  const { output } = await runPipeline(
    project,
    { source: "schedule", branch: "main" },
    ...["--list-json", noSchema],
  );
  expect(new Set(output.match(/"when": "\w+"/g))).toEqual(new Set(['"when": "never"']));
  expect(await everything()).toEqual({ ...written, ...released });
});

test("a failing leg keeps its own image back and no other; a run afterwards builds it alone", async () => {
  const wrong = { ...onMain, variables: { OTHER_KEY: "wrong" } };
  const failed = await runPipeline(project, wrong, noSchema);
  expect(failed.failed, failed.output).toEqual([`build-1-1: [other/${amd64}]`, "publish-1"]);
  expect(await everything()).toMatchObject({ core: ["main"], app: ["main"], other: [] });

  const repaired = await runPipeline(project, onMain, noSchema);
  expect({ failed: repaired.failed, child: repaired.child }, repaired.output).toMatchObject({
    failed: [],
    child: { "build-1-1": { parallel: { matrix: [{ LEGS: legs("other") }] } } },
  });
  expect(Object.keys(repaired.child ?? {})).not.toContain("build-1-2");
  expect(await everything()).toMatchObject({ core: ["main"], app: ["main"], other: ["main"] });
});

function legs(...names: readonly string[]): unknown {
  return names.map((name) => `${name}/${amd64}`);
}
