import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

// What of a context counts, through the command line.

const {
  registries: [registry],
} = testEngine();
let project: Project;

afterEach(() => project[Symbol.dispose]());

/** The plan of the project, or of another clone of it. */
async function planIn(cwd = project.dir): Promise<object> {
  const { code, stdout, stderr } = await layerkeep(project, ["plan", "--json"], { cwd });
  expect(stderr + stdout).toContain("layerkeep.plan");
  expect(code).toBe(0);
  const plan: unknown = JSON.parse(stdout);
  if (typeof plan !== "object" || plan === null) throw new Error("not a plan");
  return plan;
}

async function digestOf(): Promise<unknown> {
  return at(await planIn(), "legs", 0, "input", "digest");
}

function actionsOf(plan: object): readonly unknown[] {
  const legs = at(plan, "legs");
  return Array.isArray(legs) ? legs.map((leg: object) => at(leg, "action")) : [];
}

test("a leg that takes .git is found by another clone, and one warning says what that means", async () => {
  project = createProject((id) => ({
    "layerkeep.yml": `cache: { repository: ${registry}/${id}/cache }
variants:
  one: {}
  two: { args: { TWO: "2" } }
  three: { dockerfile: three/Dockerfile }
`,
    Dockerfile: `FROM scratch\nARG TWO\nCOPY . /${id}/\n`,
    "three/Dockerfile": `FROM scratch\nCOPY ./.git /${id}-three/.git\n`,
  }));
  const built = await layerkeep(project, ["up", "--quiet", "--write"], { env: engineEnv() });
  expect([built.code, built.stderr]).toEqual([0, expect.any(String)]);
  project.git("clone", "-q", "--no-tags", ".", join(project.outside, "other"));
  const other = join(project.outside, "other");
  const plan = await planIn(other);
  expect(actionsOf(plan)).toEqual(["reuse", "reuse", "reuse"]);
  const warnings = at(plan, "warnings");
  expect(warnings).toEqual([expect.stringContaining("only the commit, branch and tag count")]);
  project.commit("second");
  project.git("-C", other, "pull", "-q");
  expect(actionsOf(await planIn(other))).toEqual(["build", "build", "build"]);
});

test("a socket in a folder that is copied counts", async () => {
  project = createProject((id) => ({
    "layerkeep.yml": "variants: { core: {} }\n",
    Dockerfile: `FROM scratch\nCOPY sub /${id}/\n`,
    "sub/a": "a",
  }));
  const before = await digestOf();
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(join(project.dir, "sub/socket"), resolve);
  });
  const during = await digestOf();
  server.close();
  expect(during).not.toBe(before);
});

test.each([
  ["the context's", "ctx/.dockerignore", "../conf/ignore"],
  ["the Dockerfile's", "ctx/Dockerfile.dockerignore", "../conf/ignore"],
  ["a named context's", "named/.dockerignore", "../conf/ignore"],
])("%s ignore file that is a link out of its folder leaves out nothing", async (_, path, to) => {
  project = createProject((id) => ({
    "layerkeep.yml":
      "variants: { core: { context: ctx, dockerfile: ctx/Dockerfile, contexts: { named: named } } }\n",
    "ctx/Dockerfile": `FROM scratch\nCOPY . /${id}/\nCOPY --from=named . /${id}-named/\n`,
    "ctx/tests/t": "one",
    "named/tests/t": "one",
    "conf/ignore": "tests\n",
  }));
  const file = join(project.dir, path);
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(to, file);
  const before = await digestOf();
  writeFileSync(join(dirname(file), "tests/t"), "two");
  expect(await digestOf()).not.toBe(before);
});
