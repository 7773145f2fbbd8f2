import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";
import { ctrlC, enter, runInTerminal } from "../support/pseudo-terminal.ts";

/** A repository that knows nothing of Layerkeep. */
const files = {
  "go.mod": "module acme\n",
  "services/api/Dockerfile": "FROM scratch\nCOPY go.mod services/api /\n",
  "services/api/main.go": "package main\n",
  "services/web/Dockerfile": "FROM scratch\nCOPY index.html /\n",
  "services/web/index.html": "<p>\n",
  "services/my worker/Dockerfile": "FROM scratch\nCOPY job.sh /\n",
  "services/my worker/job.sh": "true\n",
  "tools/web/Dockerfile": "FROM scratch\nCOPY tool /\n",
  "tools/web/tool": "",
};
const compose = "services:\n  web: { build: services/web }\n  db: { image: postgres }\n";
const bake =
  'group "default" { targets = ["api"] }\ntarget "api" {\n  dockerfile = "services/api/Dockerfile"\n}\n';
const workflow =
  "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker build .\n";

let project: Project;
beforeEach(() => {
  project = createProject(() => files);
});
afterEach(() => project[Symbol.dispose]());

const config = (): string => join(project.dir, "layerkeep.yml");
const init = (...args: readonly string[]) =>
  layerkeep(project, ["init", ...args], { env: engineEnv() });

test("writes a config for the Dockerfiles, which is valid and builds", async () => {
  expect(await init()).toEqual({
    code: 0,
    signal: null,
    stdout: "wrote layerkeep.yml: 4 variants (api, my-worker, services-web, and 1 more)\n",
    stderr: `next:
  layerkeep plan               # show what would be built
  layerkeep up --local --load  # build here, and load the images into Docker
`,
  });
  expect(readFileSync(config(), "utf8").split("variants:\n")[1]).toBe(`  api:
    context: .
    dockerfile: services/api/Dockerfile
  my-worker:
    context: "services/my worker"
  services-web:
    context: services/web
  tools-web:
    context: tools/web
`);
  expect(await layerkeep(project, ["validate"])).toMatchObject({ code: 0 });
  const planned = await layerkeep(project, ["plan"], { env: engineEnv() });
  expect(planned).toMatchObject({ code: 0, stderr: "" });
  expect(await layerkeep(project, ["up"], { env: engineEnv() })).toMatchObject({ code: 0 });
});

test("imports a Compose file, and adds what it does not build", async () => {
  project.write({ "compose.yaml": compose });
  const { code, stdout } = await init("--json");
  expect(code).toBe(0);
  expect(at(stdout, "imported")).toEqual(["web"]);
  expect(at(stdout, "variants")).toMatchObject([
    { name: "api", context: ".", missing: [] },
    { name: "my-worker" },
    { name: "web-2", dockerfile: "tools/web/Dockerfile" },
  ]);
  expect(await layerkeep(project, ["validate"])).toMatchObject({ code: 0, stderr: "" });
});

test("imports a bake file, and mentions the others", async () => {
  project.write({ "docker-bake.hcl": bake, "compose.yaml": compose });
  const { code, stdout, stderr } = await init();
  expect(code).toBe(0);
  expect(stdout).toContain("wrote layerkeep.yml\n");
  expect(stderr).toContain(
    "note: found compose.yaml: `layerkeep init --from compose` uses it instead\n",
  );
  expect(readFileSync(config(), "utf8")).toContain("bake: docker-bake.hcl,");
});

test("uses a workflow if it is told so", async () => {
  project.write({ ".github/workflows/image.yml": workflow, Dockerfile: "FROM scratch\n" });
  const { stdout } = await init("--from", "github");
  expect(stdout).toContain(".github/workflows/image.yml");
});

test("says what no context has", async () => {
  project.write({ "services/api/Dockerfile": "FROM scratch\nCOPY nowhere /\n" });
  const { code, stdout, stderr } = await init("--quiet");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(
    'warning: api: no folder contains everything that it copies; "services/api" is the closest match, but it lacks:\n  services/api/Dockerfile:2: COPY nowhere will fail: "nowhere" not found',
  );
});

test("takes flags for what it would ask", async () => {
  project.git("remote", "add", "origin", "git@github.com:acme/shop.git");
  const { stdout } = await init("--image", "quay.io/acme/x", "--platform=linux/arm64", "--stdout");
  expect(stdout).toContain("\ncache: quay.io/acme/x-cache\n");
  expect(stdout).toContain("  platforms: [linux/arm64]");
  expect(existsSync(config())).toBe(false);
  expect((await init()).stderr).toMatch(/^ {2}layerkeep ci github +# generate the CI workflow$/m);
});

describe("--image and --platform", () => {
  it("apply to a Compose file whose services name no platform", async () => {
    project.write({ "compose.yaml": compose });
    await init("--image", "quay.io/acme/x", "--platform", "linux/arm64");
    const shown = await layerkeep(project, ["config", "show", "web", "--json"]);
    expect(at(shown.stdout, "variants", "web", "platforms")).toEqual(["linux/arm64"]);
    expect(at(shown.stdout, "variants", "web", "publish", 0, "repository")).toBe("quay.io/acme/x");
  });

  it("apply to a bake file whose targets name no platform", async () => {
    project.write({ "docker-bake.hcl": bake });
    const flags = ["--image", "quay.io/acme/x", "--platform", "linux/arm64"];
    expect(await init(...flags)).toMatchObject({ code: 0 });
    const shown = await layerkeep(project, ["config", "show", "--json"]);
    expect(at(shown.stdout, "cache", "repository")).toBe("quay.io/acme/x-cache");
    expect(at(shown.stdout, "variants", "api", "platforms")).toEqual(["linux/arm64"]);
    expect(at(shown.stdout, "variants", "api", "publish", 0, "repository")).toBe("quay.io/acme/x");
  });

  it.each([
    ["compose.yaml", "services:\n  web: { build: services/web, platform: linux/s390x }\n"],
    [
      "docker-bake.hcl",
      bake.replace("  dockerfile", '  platforms = ["linux/s390x"]\n  dockerfile'),
    ],
  ])("are refused if %s names other platforms", async (file, text) => {
    project.write({ [file]: text });
    const { code, stderr } = await init("--platform", "linux/arm64");
    expect(code).toBe(2);
    expect(stderr).toMatch(/sets the platforms of (?:web|api): linux\/s390x, not linux\/arm64/);
    expect(existsSync(config())).toBe(false);
  });

  it.each([["--image=quay.io/acme/x"], ["--platform=linux/arm64"]])(
    "%s is refused with workflows",
    async (flag) => {
      project.write({ ".github/workflows/image.yml": workflow, ".gitlab-ci.yml": workflow });
      for (const from of ["github", "gitlab"]) {
        const { code, stderr } = await init("--from", from, flag);
        expect({ code, stderr }).toEqual({
          code: 2,
          stderr: expect.stringContaining("cannot be used with the Git") as unknown,
        });
      }
      expect(existsSync(config())).toBe(false);
    },
  );
});

test.each([
  ["bake", { "docker-bake.hcl": bake }],
  ["compose", { "compose.yaml": compose }],
  ["dockerfiles", {}],
  ["github", { ".github/workflows/image.yml": workflow, Dockerfile: "FROM scratch\n" }],
  [
    "gitlab",
    { ".gitlab-ci.yml": "a: { script: [docker build .] }\n", Dockerfile: "FROM scratch\n" },
  ],
])("a config from %s names its schema, also if it is printed", async (from, given) => {
  project.write(given);
  const line = /^# yaml-language-server: \$schema=https:\/\/\S+\.schema\.json\n# /;
  expect((await init("--from", from, "--stdout")).stdout).toMatch(line);
  await init("--from", from);
  expect(readFileSync(config(), "utf8")).toMatch(line);
});

describe("in a folder of a repository", () => {
  const mine = "# mine\nvariants: {}\n";
  const inFolder = (...args: readonly string[]) =>
    layerkeep(project, ["init", ...args], {
      cwd: join(project.dir, "services/api"),
      env: engineEnv(),
    });
  beforeEach(() => {
    project.write({
      "layerkeep.yml": mine,
      ".github/workflows/image.yml": workflow,
      ".gitlab-ci.yml": "a: { script: [docker build .] }\n",
    });
  });

  it.each([
    ["bake", { "services/api/docker-bake.hcl": 'target "default" {}\n' }],
    ["compose", { "services/api/compose.yaml": "services:\n  web: { build: . }\n" }],
    ["dockerfiles", {}],
  ])("--force writes a config from %s there, and none above", async (from, given) => {
    project.write(given);
    expect(await inFolder("--force", "--from", from)).toMatchObject({ code: 0 });
    expect(existsSync(join(project.dir, "services/api/layerkeep.yml"))).toBe(true);
    expect(readFileSync(config(), "utf8")).toBe(mine);
  });

  it.each(["github", "gitlab"])("%s is refused: its workflows are in the root", async (from) => {
    const { code, stderr } = await inFolder("--force", "--from", from);
    expect(code).toBe(2);
    expect(stderr).toContain(`hint: run it in ${project.dir}`);
    expect(readFileSync(config(), "utf8")).toBe(mine);
  });
});

describe("refuses", () => {
  it.each([
    [["--from", "compose"], "no Compose file with a build section found in", "--from dockerfiles"],
    [["--image", "Acme"], "Acme", ""],
    [["--platform", "linux/amd46"], "linux/amd46", ""],
    [["--config", "no/layerkeep.yml"], "no/layerkeep.yml", ""],
    [["--from", "npm"], "npm", ""],
  ])("%j", async (args, said, hint) => {
    const { code, stderr } = await init(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).toContain(hint);
    expect(existsSync(config())).toBe(false);
  });

  it("to overwrite a config, whatever its name", async () => {
    project.write({ ".layerkeep.yml": "variants: {}\n" });
    const refused = await init();
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(".layerkeep.yml already exists\nhint: pass --force");
    expect(await init("--force")).toMatchObject({ code: 0 });
    expect(existsSync(config())).toBe(false);
  });

  it.each(["bake", "dockerfiles", "github"])(
    "to run twice from %s, with one message",
    async (from) => {
      project.write({
        "docker-bake.hcl": bake,
        ".github/workflows/image.yml": workflow,
        Dockerfile: "FROM scratch\n",
      });
      await init("--from", from);
      expect(await init("--from", from)).toMatchObject({
        code: 2,
        stdout: "",
        stderr:
          "error: layerkeep.yml already exists\nhint: pass --force to overwrite it, or --stdout to print the config instead\n",
      });
    },
  );

  it("to hide a config in a folder above", async () => {
    await init();
    const cwd = join(project.dir, "services/web");
    const refused = await layerkeep(project, ["init"], { cwd });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("../../layerkeep.yml is already the config of this folder");
    expect(await layerkeep(project, ["init", "--force"], { cwd })).toMatchObject({ code: 0 });
    expect(existsSync(join(cwd, "layerkeep.yml"))).toBe(true);
  });

  it("a folder with nothing to build", async () => {
    const cwd = join(project.dir, "empty");
    project.write({ "empty/README.md": "" });
    const { code, stderr } = await layerkeep(project, ["init"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /found nothing to build an image from in .*\/empty\nhint: create a Docker/,
    );
  });
});

describe("on a terminal", () => {
  it("asks, with defaults", async () => {
    project.write({ "compose.yaml": compose });
    const { code } = await runInTerminal(
      project,
      ["init"],
      [
        [/Create the config from/, enter],
        [/Publish images to/, `ghcr.io/acme/shop${enter}`],
        [/Platforms/, enter],
      ],
    );
    expect(code).toBe(0);
    const text = readFileSync(config(), "utf8");
    expect(text).toContain("  repository: ghcr.io/acme/shop ");
    expect(text).toContain("  - compose: compose.yaml\n");
  });

  it("leaves nothing behind after Ctrl-C", async () => {
    const { code, shown } = await runInTerminal(
      project,
      ["init"],
      [
        [/Dockerfiles of images to build/, enter],
        [/Publish images to/, ctrlC],
      ],
    );
    expect(code).toBe(130);
    expect(shown).toContain("cancelled: nothing was written");
    expect(existsSync(config())).toBe(false);
  });

  it("asks nothing with --yes", async () => {
    const { code, shown } = await runInTerminal(project, ["init", "--yes"]);
    expect(code).toBe(0);
    expect(shown).toMatch(/^wrote layerkeep\.yml/);
  });
});
