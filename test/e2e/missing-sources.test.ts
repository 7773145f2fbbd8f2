import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const { registries, baseImage } = testEngine();
const config = (id: string): string => `cache: ${registries[1]}/${id}/cache
variants:
  api: { context: services/api, dockerfile: services/api/Dockerfile }
  web: {}
`;
const files = {
  "go.mod": "module acme\n",
  "services/api/Dockerfile": `FROM ${baseImage.reference}\nCOPY go.mod /\n`,
};
const warning = `services/api/Dockerfile:2: COPY go.mod will fail: "go.mod" not found in the context "services/api" (it exists in the config's folder: did you mean "context: ."?)`;
let project: Project;

beforeEach(() => {
  project = createProject((id) => smallProject(config(id), files));
});
afterEach(() => project[Symbol.dispose]());

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  layerkeep(project, args, { env: { ...engineEnv(), ...env } });

test("plan warns of a source that the context does not have", async () => {
  const { code, stdout } = await run(["plan"]);
  expect(code).toBe(0);
  expect(stdout).toContain(`\nwarning: api: ${warning}\n`);
  const { stdout: json } = await run(["plan", "--json"]);
  expect(at(json, "expectedFailures")).toMatchObject([{ line: 2, legs: ["api/linux/amd64"] }]);
});

test("build and up warn before they build, and BuildKit agrees", async () => {
  for (const command of ["build", "up"]) {
    const { code, stderr } = await run([command, "--write"]);
    expect(code).toBe(1);
    expect(stderr.indexOf(`warning: api: ${warning}`)).toBe(0);
    expect(stderr).toMatch(/"\/go\.mod": not found/);
  }
});

test("a warning does not concern what is not built", async () => {
  const { code, stderr } = await run(["build", "web", "--write"]);
  expect({ code, has: stderr.includes("will fail") }).toEqual({ code: 0, has: false });
});

test("on GitHub the warning is shown beside the line", async () => {
  const { stderr } = await run(["plan"], { GITHUB_ACTIONS: "true", ACT: "true" });
  expect(stderr).toMatch(/^::warning file=[^,]*services\/api\/Dockerfile,line=2::api: /m);
});
