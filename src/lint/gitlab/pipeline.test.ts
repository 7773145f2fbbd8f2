import { describe, expect, it } from "vitest";
import type { JobRun, Pipeline } from "../model/pipeline.ts";
import { sourceFile } from "../yaml/node.ts";
import { readPipeline } from "../read-pipeline.ts";

describe("a pipeline of GitLab", () => {
  it("has the jobs that rules, only and except let into each kind of run", () => {
    const read = pipeline(`
      always: { script: x }
      hidden: &hidden { script: x, only: [main] }
      .template: { script: x }
      branches: { <<: *hidden, only: [branches], except: { variables: ["$CI_COMMIT_BRANCH == 'main'"] } }
      tags: { script: x, only: [tags] }
      reviewed: { script: x, rules: [{ if: $CI_PIPELINE_SOURCE == "merge_request_event" }] }
      ours:
        script: x
        rules:
          - if: $CI_MERGE_REQUEST_SOURCE_PROJECT_PATH != $CI_PROJECT_PATH
            when: never
          - if: $CI_MERGE_REQUEST_IID
      release:
        script: x
        rules:
          - if: $CI_COMMIT_BRANCH =~ /^(main|release)$/ && $CI_PIPELINE_SOURCE != "schedule"
          - if: $CI_COMMIT_TAG
            changes: [src/**]
      manual: { script: x, when: manual }
      setting: { script: x, rules: [{ if: $FROM_SETTINGS }] }
      never: { script: x, rules: [] }
    `);
    expect(
      Object.fromEntries(read.scenarios.map((one) => [one.kind, jobsIn(read, one.kind)])),
    ).toEqual({
      branch: ["always", "hidden", "release", "manual?", "setting?"],
      tag: ["always", "tags", "release", "manual?", "setting?"],
      merge_request: ["reviewed", "ours", "setting?"],
      fork: ["reviewed", "setting?"],
      schedule: ["always", "hidden", "manual?", "setting?"],
      web: ["always", "hidden", "release", "manual?", "setting?"],
    });
  });

  it("has no jobs if the workflow's rules let no pipeline be created", () => {
    const read = pipeline(`
      workflow: { rules: [{ if: $CI_COMMIT_TAG, variables: { KIND: release } }] }
      build: { script: docker push a:$KIND, rules: [{ when: on_success }] }
    `);
    expect([jobsIn(read, "branch"), pushes(read, "tag")]).toEqual([[], ["a:release"]]);
  });

  it("resolves variables, also in those of a rule", () => {
    const read = pipeline(`
      variables: { IMAGE: $CI_REGISTRY_IMAGE/app, TAG: { value: latest, description: The tag. } }
      build:
        variables: { NAME: "\${IMAGE}:$TAG" }
        script: [docker push "$NAME", "docker push a:\${CI_COMMIT_TAG:-none}"]
        rules: [{ if: $CI_COMMIT_TAG, variables: { TAG: $CI_COMMIT_TAG } }, { when: on_success }]
    `);
    expect(pushes(read, "branch")).toEqual(["${{ $CI_REGISTRY_IMAGE }}/app:latest", "a:none"]);
    expect(pushes(read, "tag")).toEqual([
      "${{ $CI_REGISTRY_IMAGE }}/app:${{ $CI_COMMIT_TAG }}",
      "a:${{ $CI_COMMIT_TAG }}",
    ]);
  });

  it("joins what a job extends, defaults and references", () => {
    const read = pipeline(`
      default: { before_script: [A=default], tags: [docker] }
      .base: { variables: { B: base, C: base }, script: [docker push base] }
      .steps: { script: [docker push "$A/$B/$C", [docker push second]] }
      build:
        extends: [.base]
        variables: { C: own }
        script: [!reference [.steps, script], docker push "$A/last"]
      plain: { inherit: { default: false }, script: ["docker push \${A:-unset}"] }
      broken: { extends: .elsewhere, script: [!reference [.gone, script]] }
    `);
    expect(pushes(read, "branch").slice(0, 3)).toEqual([
      "default/base/own",
      "second",
      "default/last",
    ]);
    const jobs = runs(read, "branch");
    expect(jobs.map(({ runner }) => runner.map(({ text }) => text))).toEqual([
      ["docker"],
      [],
      ["docker"],
      [],
    ]);
    expect(jobs.flatMap(({ opaque }) => opaque.map(({ why }) => why))).toEqual([
      "the job extends .elsewhere, which was not found",
      "!reference [.gone, script] was not found",
    ]);
  });

  it("includes files of the repository, which it overrides", () => {
    const files = {
      "ci/build.yml":
        "build: { script: docker push included, stage: build }\nother: { script: docker push x }",
      "ci/nested.yml": "include: /ci/build.yml",
    };
    const read = pipeline(
      `
      include: [{ local: ci/nested.yml }, { project: acme/ci, file: x.yml }, ci/missing.yml]
      build: { script: docker push own }
    `,
      files,
    );
    expect(pushes(read, "branch")).toEqual(["own", "x"]);
    expect(
      runs(read, "branch")
        .at(-1)
        ?.opaque.map(({ why }) => why),
    ).toEqual([
      "the include acme/ci is not in the repository",
      "the include ci/missing.yml was not found",
    ]);
  });

  it("includes files by their rules, and says if only a run can tell", () => {
    const read = pipeline(
      `
      variables: { ON: "yes" }
      include:
        - { local: on.yml, rules: [{ if: $ON == "yes" }] }
        - { local: off.yml, rules: [{ if: $ON == "no" }] }
        - { local: tags.yml, rules: [{ if: $CI_COMMIT_TAG }] }
        - { local: perhaps.yml, rules: [{ exists: [Dockerfile] }] }
    `,
      Object.fromEntries(
        ["on", "off", "tags", "perhaps"].map((name) => [
          `${name}.yml`,
          `${name}: { script: docker push ${name} }`,
        ]),
      ),
    );
    expect(pushes(read, "branch")).toEqual(["on"]);
    expect(pushes(read, "tag")).toEqual(["on", "tags"]);
    expect(
      runs(read, "tag")
        .at(-1)
        ?.opaque.map(({ why }) => why),
    ).toEqual(["only a run can tell whether the include perhaps.yml is part of it"]);
  });

  it("makes a job of each row of a matrix", () => {
    const read = pipeline(`
      build:
        parallel: { matrix: [{ NAME: [api, web], ARCH: [amd64, arm64] }, { NAME: docs }] }
        tags: ["$ARCH"]
        script: docker push "$NAME-$ARCH"
    `);
    expect(pushes(read, "branch").slice(0, 4)).toEqual([
      "api-amd64",
      "api-arm64",
      "web-amd64",
      "web-arm64",
    ]);
    expect(runs(read, "branch")[1]).toMatchObject({
      id: "build",
      matrix: { NAME: "api", ARCH: "arm64" },
      runner: [{ text: "arm64" }],
    });
  });

  it("takes the last one of keys that are set twice", () => {
    const text = "a: { script: docker push one }\na: { script: docker push two }\n";
    const read = readPipeline(sourceFile(".gitlab-ci.yml", text), none);
    expect(read.pipeline === undefined ? [] : pushes(read.pipeline, "branch")).toEqual(["two"]);
    expect(read.problems).toMatchObject([{ line: 2, message: 'the key "a" is set twice' }]);
  });

  it("knows what a job needs", () => {
    const read = pipeline(`
      stages: [build, merge]
      a: { stage: build, script: x }
      b: { stage: build, script: x }
      c: { stage: merge, script: x }
      d: { stage: merge, script: x, needs: [a, { job: b }] }
    `);
    expect(runs(read, "branch").map(({ needs }) => needs)).toEqual([
      [],
      [],
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  it("is recognized by its jobs, and read after a head with inputs", () => {
    const text = "spec: { inputs: { x: {} } }\n---\nbuild: { script: docker push a }\n";
    expect(pushes(pipelineOf("ci/build.yml", text), "branch")).toEqual(["a"]);
    expect(readPipeline(sourceFile("a.yml", "services: { a: { build: . } }"), none).pipeline).toBe(
      undefined,
    );
  });

  it.each([
    "a: { extends: b, script: x }\nb: { extends: a, script: x }",
    "a: { script: [!reference [b, script]] }\nb: { script: [!reference [a, script]] }",
    "include: .gitlab-ci.yml\na: { script: x }",
    "variables: { A: $B, B: $A }\na: { script: docker push $A }",
    "a: { script: x, rules: [{ if: '$A =~ /(a+)+$/' }], variables: { A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab } }",
    `a: { script: x, rules: [{ if: "${"(".repeat(5_000)}" }] }`,
    `a: { script: x, parallel: { matrix: [{ ${"ABCDEFGHIJ"
      .split("")
      .map((name) => `${name}: [1, 2, 3, 4, 5, 6, 7, 8, 9]`)
      .join()} }] } }`,
  ])("is read in bounded time, %#", (text) => {
    expect(() => jobsIn(pipeline(text, { ".gitlab-ci.yml": text }), "branch")).not.toThrow();
  });
});

const none = repositoryOf({});

function pipeline(text: string, files: Record<string, string> = {}): Pipeline {
  return pipelineOf(".gitlab-ci.yml", text, files);
}

function pipelineOf(path: string, text: string, files: Record<string, string> = {}): Pipeline {
  const read = readPipeline(sourceFile(path, text), repositoryOf(files));
  if (read.pipeline === undefined) throw new Error(JSON.stringify(read.problems));
  return read.pipeline;
}

function repositoryOf(files: Record<string, string>): Pipeline["repository"] {
  return {
    root: "/",
    files: new Set(Object.keys(files)),
    read: (path) => (files[path] === undefined ? undefined : sourceFile(path, files[path])),
  };
}

function runs({ scenarios, runsIn }: Pipeline, kind: string): readonly JobRun[] {
  const scenario = scenarios.find((one) => one.kind === kind);
  return scenario === undefined ? [] : runsIn(scenario);
}

function jobsIn(read: Pipeline, kind: string): readonly string[] {
  return runs(read, kind).map((job) => `${job.id}${job.runs === true ? "" : "?"}`);
}

function pushes(read: Pipeline, kind: string): readonly string[] {
  return runs(read, kind).flatMap(({ steps }) =>
    steps.flatMap(({ operations }) =>
      operations.flatMap((one) => (one.kind === "push" ? [one.reference.text] : [])),
    ),
  );
}
