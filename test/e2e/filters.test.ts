import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagLike } from "../support/repository-state.ts";
import { engineEnv } from "../support/small-build.ts";

let project: Project;

beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml": `defaults:
  filters:
    src/api.proto: protobuf:released.proto
    "**/*.py": strip-comments
    src/data.csv: command:cut -d, -f1
variants:
  core: {}
`,
    Dockerfile: "FROM scratch\nCOPY src /src\n",
    "released.proto": "message A { int32 a = 1; }\n",
    "src/api.proto": "message A { int32 a = 1; }\n",
    "src/app.py": "x = 1\n",
    "src/data.csv": "a,1\nb,2\n",
  }));
});
afterEach(() => project[Symbol.dispose]());

async function plan(): Promise<{ digest: unknown; warnings: unknown }> {
  const { code, stdout, stderr } = await layerkeep(project, ["plan", "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  const digest = at(stdout, "legs", 0, "input", "digest");
  return { digest, warnings: at(stdout, "warnings") };
}

it.each([
  ["a comment", "src/app.py", "x = 1  # why\n", true],
  ["code", "src/app.py", "x = 2\n", false],
  ["an addition", "src/api.proto", "message A { int32 a = 1; int32 b = 2; } message B {}\n", true],
  ["a change", "src/api.proto", "message A { int64 a = 1; }\n", false],
  ["what a command leaves out", "src/data.csv", "a,9\nb,9\n", true],
  ["what a command prints", "src/data.csv", "c,1\nb,2\n", false],
])("after %s in %s the leg is the same: %#", async (_, file, text, same) => {
  const { digest } = await plan();
  project.write({ [file]: text });
  expect((await plan()).digest === digest).toBe(same);
});

it("says which command failed, and counts its files whole", async () => {
  project.write({
    "layerkeep.yml": "variants: { core: { filters: { src/data.csv: 'command:exit 3' } } }\n",
  });
  const before = await plan();
  expect(before.warnings).toEqual([
    'the filter command "exit 3" failed (exit code 3), so every change to the filtered files causes a build',
  ]);
  project.write({ "src/data.csv": "a,9\n" });
  expect((await plan()).digest).not.toBe(before.digest);
});

it("names a baseline that is not there", async () => {
  project.write({
    "layerkeep.yml": "variants: { core: { filters: { src/api.proto: protobuf:nil.proto } } }\n",
  });
  const { code, stderr } = await layerkeep(project, ["plan"]);
  expect(code).toBe(2);
  expect(stderr).toContain("the baseline nil.proto cannot be read");
});

describe("a leg that was built with additions to a baseline", () => {
  const env = engineEnv();
  let cache: string;
  const api = (fields: string) => ({ "src/api.proto": `message A { int32 a = 1; ${fields} }\n` });

  beforeEach(() => {
    cache = `${testEngine().registries[0]}/${project.id}/cache`;
    project.write({
      "layerkeep.yml": `cache: ${cache}
variants:
  core: { filters: { src/api.proto: protobuf:released.proto } }
  child: { dockerfile: child.Dockerfile, contexts: { core: "variant:core" } }
`,
      "child.Dockerfile": "FROM core\nCOPY child /\n",
      child: "child\n",
    });
  });

  async function build(): Promise<{ outcomes: unknown[]; staged: string }> {
    const args = ["build", "--write", "--json", "--quiet"];
    const { code, stdout } = await layerkeep(project, args, { env });
    expect(code).toBe(0);
    const { digest } = await tagLike(cache, /^leg-core-amd64-[0-9a-f]{40}$/);
    return {
      outcomes: [at(stdout, "legs", 0, "outcome"), at(stdout, "legs", 1, "outcome")],
      staged: digest,
    };
  }

  async function explained(): Promise<unknown> {
    const { code, stdout } = await layerkeep(project, ["explain", "core", "--json"], { env });
    expect(code).toBe(0);
    return at(stdout, "legs", 0, "causes");
  }

  it("is built again if one of them changed or was deleted, and replaces the staged one", async () => {
    project.write(api("int32 b = 9;"));
    const first = await build();
    expect(first.outcomes).toEqual(["built", "built"]);
    project.write(api("int32 b = 9; int32 new = 10;"));
    expect(await build()).toEqual({ outcomes: ["reused", "reused"], staged: first.staged });

    project.write(api("int64 b = 9; int32 new = 10;"));
    const why =
      "api.proto: field 9 of A was added after the baseline and has changed since the leg was built";
    expect(await explained()).toEqual([{ code: "added-definition", text: `src/${why}` }]);
    const second = await build();
    expect(second.outcomes).toEqual(["built", "reused"]);
    expect(second.staged).not.toBe(first.staged);
    expect(await build()).toEqual({ outcomes: ["reused", "reused"], staged: second.staged });

    project.write(api("int64 b = 9;"));
    expect((await build()).outcomes).toEqual(["built", "reused"]);
  });

  it("is as planned when it is built from a plan, additions included", async () => {
    project.write(api("int32 b = 9;"));
    const planned = await layerkeep(project, ["plan", "--write", "--output", "plan.json"], { env });
    expect(planned.code).toBe(0);
    project.write(api("int64 b = 9;"));
    const built = await layerkeep(project, ["build", "--write", "--plan", "plan.json"], { env });
    expect(built.code).toBe(2);
    expect(built.stderr).toContain(
      "core/linux/amd64 differs from the plan: src/api.proto: field 9 of A",
    );
  });
});
