import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

/** Milliseconds. npm installs what builds Layerkeep. */
const patience = 900_000;
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
let project: Project;

beforeEach(() => {
  project = createProject(() => ({
    "package.json": '{"name": "app", "private": true}\n',
    "layerkeep.yml": "variants:\n  core: {}\n",
    Dockerfile: "FROM scratch\n",
  }));
});

afterEach(() => project[Symbol.dispose]());

function run(file: string, args: readonly string[], cwd = project.dir): string {
  return execFileSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function install(what: string): void {
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", what]);
}

/** Everything that is run is what was installed. */
function expectInstalled(): void {
  expect(run("npx", ["--no-install", "layerkeep", "--version"])).toBe(`${version}\n`);
  expect(run("npx", ["--no-install", "layerkeep", "plan"])).toContain("core/linux/amd64");
  const page = join(project.dir, "node_modules", "layerkeep", "man", "layerkeep.1");
  expect(readFileSync(page, "utf8")).toContain(".TH LAYERKEEP 1");
}

// `newcomer` installs the tarball.
describe("without a release on the npm registry", () => {
  test(
    "a git URL is installed, and built as it is",
    () => {
      const clone = join(project.outside, "layerkeep.git");
      run("git", ["clone", "--quiet", "--bare", process.cwd(), clone]);
      install(`git+file://${clone}`);
      expectInstalled();
    },
    patience,
  );
});

/** An image with the machine's own node, on busybox: nothing is fetched. */
function pushNode(host: string): string {
  const context = join(project.outside, "node");
  const files = run("ldd", [process.execPath]).match(/\/\S+/g) ?? [];
  for (const file of [process.execPath, ...files]) {
    const path = file === process.execPath ? "/bin/node" : file;
    mkdirSync(join(context, "root", dirname(path)), { recursive: true });
    cpSync(realpathSync(file), join(context, "root", path));
  }
  const { baseImage, buildx } = testEngine();
  cpSync(buildx, join(context, "buildx"));
  writeFileSync(join(context, "Dockerfile"), dockerfile(baseImage.reference));
  const reference = `${host}/${project.id}/node`;
  for (const target of ["node", "buildx"]) build(context, target, `${reference}:${target}`);
  return reference;
}

const dockerfile = (base: string): string =>
  `FROM ${base} AS node\nCOPY root /\nFROM scratch AS buildx\nCOPY buildx /buildx\n`;

function build(context: string, target: string, reference: string): void {
  const output = `--output=type=image,name=${reference},push=true`;
  const args = ["build", "--quiet", "--builder=default", `--target=${target}`, output, context];
  execFileSync(testEngine().buildx, args, { env: testEngine().env, stdio: "pipe" });
}

test(
  "Layerkeep builds its own image, which runs",
  async () => {
    const [host] = testEngine().registries;
    const node = pushNode(host);
    const clone = join(project.outside, "layerkeep");
    run("git", ["clone", "--quiet", process.cwd(), clone]);
    // In place of the stage that fetches them.
    const modules = join(project.outside, "modules");
    run("mkdir", ["-p", join(modules, "src")]);
    run("cp", ["-a", `${realpathSync("node_modules")}/.`, join(modules, "src", "node_modules")]);
    const self = join(clone, "examples", "self");
    const config = readFileSync(join(self, "layerkeep.yml"), "utf8");
    const offline = `cache: ${host}/${project.id}/cache\n${config}    contexts: { modules: ../../../modules }\n`;
    writeFileSync(join(self, "layerkeep.yml"), offline);
    const registry = `${host}/${project.id}`;
    const variables = { NODE: `${node}:node`, BUILDX: `${node}:buildx`, REGISTRY: registry };
    const flags = Object.entries(variables).flatMap(([name, value]) => [
      "--var",
      `${name}=${value}`,
    ]);
    const env = engineEnv();
    const { code, stderr } = await layerkeep(project, ["up", "--write", ...flags], {
      cwd: self,
      env,
    });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const answer = execFileSync(
      "docker",
      ["run", "--rm", `${registry}/layerkeep:latest`, "--version"],
      {
        encoding: "utf8",
        env: { ...testEngine().env, PATH: process.env["PATH"] },
      },
    );
    expect(answer).toBe(`${version}\n`);
  },
  patience,
);
