import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { testIo } from "../../../test/support/io.ts";
import { createProject, type Project } from "../../../test/support/project.ts";
import type { Workflow } from "../../ci/github/document.ts";
import { runProgram } from "../program/create-program.ts";

/* Two repositories in the shape of real ones: a long matrix of backends, and two variants. */

let project: Project | undefined;
afterEach(() => project?.[Symbol.dispose]());

function open(files: Readonly<Record<string, string>>): Project {
  project = createProject(() => files);
  return project;
}

async function run({ dir }: Project, ...argv: string[]): Promise<string> {
  const { io, out } = testIo({ cwd: dir, env: { PATH: process.env["PATH"] } });
  expect(await runProgram(argv, io)).toBe(0);
  return out();
}

function workflowIn({ dir }: Project): Workflow {
  const text = readFileSync(join(dir, ".github/workflows/images.yml"), "utf8");
  return parse(text) as Workflow;
}

const backends = Array.from({ length: 220 }, (_, index) => `b${index}`);
const matrix = stringify({
  include: backends.flatMap((backend) =>
    ["amd64", "arm64"].map((arch) => ({
      ...{ backend, "tag-suffix": `-cpu-${backend}`, platforms: `linux/${arch}` },
      ...{ "runs-on": arch === "amd64" ? "ubuntu-latest" : "ubuntu-24.04-arm" },
      ...{ "base-image": "ubuntu:24.04", dockerfile: "./backend/Dockerfile.python" },
    })),
  ),
  includeDarwin: [
    { backend: "engine", lang: "cpp" },
    { backend: "voice", lang: "python" },
    { backend: "store", lang: "go" },
  ],
});

const manyBackends = `
cache: {repository: quay.io/acme/ci-cache, retention: {unused: 30d}}
publish:
  - &target
    repository: quay.io/acme/backends
    tags: ["type=ref,event=branch", "type=semver,pattern={{raw}}", type=sha]
    flavor: [latest=auto]
  - {<<: *target, repository: acme/backends}
refresh: {arg: DEPS_REFRESH, every: week}
ci: {free-disk: 40GB}
variants:
  builder:
    dockerfile: backend/Dockerfile.builder
    platforms: [linux/amd64, linux/arm64]
    publish: false
import:
  - matrix: .github/backend-matrix.yml
    name: "{tag-suffix}"
    dockerfile: "{dockerfile}"
    context: .
    platforms: "{platforms}"
    runner: "{runs-on}"
    contexts: {builder: "variant:builder"}
    args: {BACKEND: "{backend}", BASE_IMAGE: "{base-image}"}
jobs:
  darwin:
    matrix: .github/backend-matrix.yml
    at: includeDarwin
    name: "{backend}"
    runner: macos-15
    inputs: ["backend/*/{backend}/**", Makefile]
    caches:
      - go
      - homebrew: {formulas: [ccache, protobuf], cellar: [protobuf]}
      - ccache: {version: {file: "backend/cpp/{backend}/Makefile", pattern: "VERSION\\\\?=(\\\\S+)"}}
      - pip: {requirements: ["backend/python/{backend}/requirements*.txt"], size: 200MB}
    run: make build-darwin-{lang}-backend BACKEND={backend}
    artifacts: {path: "backend-images/{backend}.tar"}
`;

describe("a matrix of 440 legs, with jobs on macOS", () => {
  const files = {
    "layerkeep.yml": manyBackends,
    ".github/backend-matrix.yml": matrix,
    "backend/Dockerfile.builder": "FROM scratch\n",
    "backend/Dockerfile.python": "FROM builder\n",
    "backend/cpp/engine/Makefile": "VERSION?=b77\n",
    "backend/python/voice/requirements.txt": "numpy\n",
    "go.sum": "x\n",
  };

  it("is generated from fewer than 80 lines beside the matrix", async () => {
    expect(manyBackends.split("\n").length).toBeLessThan(80);
    const opened = open(files);
    await run(opened, "ci", "github");
    const { jobs, on } = workflowIn(opened);
    expect(Object.keys(jobs)).toEqual([
      ...["plan", "build-1-1", "build-1-2", "build-2-1", "build-2-2"],
      ...["darwin", "publish", "prune", "gate"],
    ]);
    expect(on["schedule"]).toHaveLength(3);
    const steps = (id: string) => (jobs[id]?.steps ?? []).map(({ name }) => name);
    expect(steps("publish").filter((name) => name?.startsWith("Log in"))).toEqual([
      "Log in to docker.io",
      "Log in to quay.io",
    ]);
    expect(JSON.stringify(jobs["build-1-1"]?.steps)).toContain('"free-disk":"40GB"');
    expect(steps("darwin").filter((name) => name?.startsWith("Restore"))).toHaveLength(4);
  });

  it("runs the entries that a change affects", async () => {
    const opened = open(files);
    const named = async (...flags: string[]): Promise<unknown> => {
      const { darwin } = JSON.parse(await run(opened, "jobs", ...flags)) as {
        darwin: { include: { name: string; keys: Record<string, string> }[] };
      };
      return darwin.include.map(({ name, keys }) => [name, Object.keys(keys)]);
    };
    opened.git("checkout", "-q", "-b", "change");
    expect(await named()).toEqual([
      ["engine", ["go", "homebrew", "ccache"]],
      ["voice", ["go", "homebrew", "pip"]],
      ["store", ["go", "homebrew"]],
    ]);
    expect(await named("--affected", "main")).toEqual([]);
    const added = matrix.replace("lang: go", "lang: golang");
    opened.write({ "backend/cpp/engine/x.c": "1", ".github/backend-matrix.yml": added });
    opened.git("add", "-A");
    opened.git("commit", "-q", "-m", "a change");
    expect(await named("--affected", "main")).toEqual([
      ["engine", ["go", "homebrew", "ccache"]],
      ["store", ["go", "homebrew"]],
    ]);
  });
});

const twoVariants = `
vars: {TEST: "false"}
cache: ghcr.io/acme/code-cache
publish:
  - &target
    repository: ghcr.io/acme/code
    tags: ["type=ref,event=tag", "type=raw,value=test,enable=\${TEST}"]
  - {<<: *target, repository: acme/code}
ci:
  dispatch: {TEST: {description: Publish a test image, default: "false"}}
defaults:
  dockerfile: docker/Dockerfile
  platforms: [linux/amd64, linux/arm64]
variants:
  slim: {suffix: "", args: {VARIANT: slim}}
  full: {args: {VARIANT: full}}
`;

it("two variants for two registries are generated from fewer than 25 lines", async () => {
  expect(twoVariants.split("\n").length).toBeLessThan(25);
  const opened = open({ "layerkeep.yml": twoVariants, "docker/Dockerfile": "FROM scratch\n" });
  await run(opened, "ci", "github");
  const { jobs, on } = workflowIn(opened);
  expect(Object.keys(jobs)).toEqual(["plan", "build-1-1", "publish", "gate"]);
  expect(on["workflow_dispatch"]).toEqual({
    inputs: { TEST: { description: "Publish a test image", type: "string", default: "false" } },
  });
  const logins = (jobs["publish"]?.steps ?? []).flatMap(({ name }) =>
    name?.startsWith("Log in") === true ? [name] : [],
  );
  expect(logins).toEqual(["Log in to docker.io", "Log in to ghcr.io"]);
});
