import { afterEach, beforeEach, expect, it } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

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
    'the filter command "exit 3" failed (exit code 3), so every change to the filtered files counts',
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
