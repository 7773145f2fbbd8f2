import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

const good = {
  "layerkeep.yml": `cache: 127.0.0.1:9/acme/cache
variants:
  api: { context: api, target: app }
`,
  "api/Dockerfile": "FROM 127.0.0.1:9/nowhere AS app\nCOPY main.go /\n",
  "api/main.go": "",
};
const bad = {
  "layerkeep.yml": `cache: 127.0.0.1:9/acme/cache
variants:
  api:
    dockerfile: api/Dockerfile
    context: api
    target: ap
  web: { dockerfile: web.Dockerfile, args: { UNUSED: "1" } }
  arm: { dockerfile: web.Dockerfile, platforms: [amd64] }
  old: { dockerfile: old.Dockerfile }
`,
  "api/Dockerfile": "FROM 127.0.0.1:9/nowhere AS app\n",
  "web.Dockerfile":
    "FROM --platform=linux/amd46 busybox\nCOPY --chown=1:1 \\\n  a.txt \\\n  b.txt /\n",
  "old.Dockerfile": "FROM busybox\nCOPPY a /\n",
  "a.txt": "",
};
let project: Project;

beforeEach(() => {
  project = createProject(() => good);
});
afterEach(() => project[Symbol.dispose]());

const run = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = project.dir,
) => layerkeep(project, ["validate", ...args], { env, cwd });

test("a config that is right is said to be valid, without an engine or a registry", async () => {
  expect(await run([])).toMatchObject({
    code: 0,
    stdout: "layerkeep.yml is valid: 1 variant, 1 leg\n",
    stderr: "",
  });
});

test("everything that is wrong is shown at once, with its line", async () => {
  project.write(bad);
  const { code, stdout, stderr } = await run([]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toBe(`error: "amd64" is not a platform
 --> layerkeep.yml:8:50
  |
8 |   arm: { dockerfile: web.Dockerfile, platforms: [amd64] }
  |                                                  ^^^^^
  = hint: did you mean linux/amd64?

error: api/Dockerfile: target stage "ap" not found
 --> layerkeep.yml:6:13
  |
6 |     target: ap
  |             ^^
  = hint: did you mean "app"?

error: unknown instruction "COPPY"
 --> old.Dockerfile:2:1
  |
2 | COPPY a /
  | ^^^^^
  = hint: did you mean COPY?

error: COPY b.txt will fail: "b.txt" not found in the context "."
 --> web.Dockerfile:4:3
  |
4 |   b.txt /
  |   ^^^^^
  = hint: did you mean "a.txt"?

warning: FROM --platform=linux/amd46: "linux/amd46" is not a platform
 --> web.Dockerfile:1:1
  |
1 | FROM --platform=linux/amd46 busybox
  | ^^^^
  = hint: did you mean linux/amd64?

warning: web: web.Dockerfile does not declare the argument UNUSED

layerkeep.yml is not valid: 4 variants, 3 legs, 4 errors, 2 warnings
`);
});

test("--json has the same for programs", async () => {
  project.write(bad);
  const { code, stdout } = await run(["--json"]);
  expect({ code, valid: at(stdout, "valid") }).toEqual({ code: 1, valid: false });
  expect(at(stdout, "problems", 3)).toEqual({
    ...{ severity: "error", file: "web.Dockerfile", line: 4, column: 3 },
    message: 'COPY b.txt will fail: "b.txt" not found in the context "."',
    hint: 'did you mean "a.txt"?',
  });
});

test("on GitHub, problems are shown beside their lines", async () => {
  project.write(bad);
  const { stderr } = await run([], { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: project.dir });
  expect(stderr).toContain("::error file=web.Dockerfile,line=4,col=3::COPY b.txt will fail");
  expect(stderr).toContain("::warning::web: web.Dockerfile does not declare");
});

test("--strict fails for warnings alone", async () => {
  project.write({
    "layerkeep.yml": good["layerkeep.yml"].replace("app }", "app, args: { X: y } }"),
  });
  expect(await run([])).toMatchObject({ code: 0 });
  expect(await run(["--strict"])).toMatchObject({ code: 1 });
});

test("a file is named by an argument or by --config, and paths are shown from here", async () => {
  project.write(bad);
  const named = await run(["../layerkeep.yml"], {}, `${project.dir}/api`);
  expect(named.stdout).toContain(" --> ../layerkeep.yml:8:50\n");
  const twice = await run(["layerkeep.yml", "--config", "layerkeep.yml"]);
  expect(twice).toMatchObject({ code: 2, stdout: "" });
  expect(twice.stderr).toContain("the config is specified twice");
});

test("YAML that is broken is a problem with its place", async () => {
  project.write({ "layerkeep.yml": "variants: [\n" });
  const { code, stdout } = await run([]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^error: invalid YAML: .*\n --> layerkeep\.yml:\d+:\d+\n/);
});

test("a config that does not exist is an error of usage", async () => {
  expect(await run(["none.yml"])).toMatchObject({ code: 2, stdout: "" });
});
