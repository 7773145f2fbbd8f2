import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProject, type Project } from "../../../test/support/project.ts";
import { systemEnv } from "../../../test/support/system-env.ts";
import { renderProblem } from "../../errors.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { findDockerfiles } from "./find-dockerfiles.ts";
import { planStarter, type Starter } from "./plan-starter.ts";
import { readCompose } from "./read-compose.ts";

let project: Project;
beforeEach(() => {
  project = createProject(() => ({ "README.md": "" }));
});
afterEach(() => project[Symbol.dispose]());

/** The starter of a project with these files. */
async function starter(
  files: Readonly<Record<string, string>>,
  { compose, imports = false }: { readonly compose?: string; readonly imports?: boolean } = {},
): Promise<Starter> {
  project.write(files);
  const root = project.dir;
  const found = await findDockerfiles({ cwd: root, env: systemEnv });
  const composed = compose === undefined ? [] : (await readCompose(root, compose)).variants;
  const machine = parsePlatform("linux/amd64");
  const given = { root, dockerfiles: found.paths, composed, imports, machine };
  return planStarter({ ...given, top: "shop", above: 0 });
}

const from = (...lines: readonly string[]): string => ["FROM busybox", ...lines, ""].join("\n");

describe("the context is the folder that has everything", () => {
  it.each([
    ["its own", { "api/Dockerfile": from("COPY main.go /"), "api/main.go": "" }, "api"],
    [
      "one above",
      {
        "services/api/Dockerfile": from("COPY go.mod /", "COPY services/api /"),
        "go.mod": "",
      },
      ".",
    ],
    [
      "one in between",
      {
        "services/api/Dockerfile": from("COPY shared /", "COPY api/main.go /"),
        "services/api/main.go": "",
        "services/shared/x": "",
      },
      "services",
    ],
    ["its own if it copies nothing", { "api/Dockerfile": from("RUN true") }, "api"],
    [
      "one above if its own has nothing but Dockerfiles",
      { "docker/api.Dockerfile": from("COPY . /"), "docker/api.Dockerfile.dockerignore": "x\n" },
      ".",
    ],
    [
      "one whose ignore file excludes nothing that is copied",
      {
        "api/Dockerfile": from("COPY dist /"),
        "api/dist/x": "",
        "api/.dockerignore": "dist\n",
        "dist/x": "",
      },
      ".",
    ],
  ])("%s", async (_, files, context) => {
    const { variants } = await starter(files);
    expect(variants).toMatchObject([{ context, missing: [] }]);
  });

  it("or else the one that lacks the least, and says what", async () => {
    const { variants } = await starter({
      "api/Dockerfile": from("COPY main.go /", "COPY go.mod /", "COPY nowhere /"),
      "api/main.go": "",
      "api/go.mod": "",
    });
    expect(variants.map(({ missing, ...rest }) => [rest, missing.map(renderProblem)])).toEqual([
      [
        { name: "api", dockerfile: "api/Dockerfile", context: "api" },
        ['api/Dockerfile:4: COPY nowhere will fail: "nowhere" not found in the context "api"'],
      ],
    ]);
  });

  it("is the Compose file's if that has as much", async () => {
    const compose = "services: {api: {build: {context: ., dockerfile: api/Dockerfile}}}\n";
    const files = { "api/Dockerfile": from("COPY . /"), "api/x": "", "compose.yml": compose };
    const { variants } = await starter(files, { compose: "compose.yml" });
    expect(variants).toMatchObject([{ name: "api", context: "." }]);
  });
});

it("makes variants of what an imported Compose file does not build", async () => {
  const files = {
    "compose.yml": "services: {api: {build: api}, db: {image: postgres}}\n",
    "api/Dockerfile": from(),
    "tools/api/Dockerfile": from(),
  };
  expect(await starter(files, { compose: "compose.yml", imports: true })).toMatchObject({
    imported: ["api"],
    variants: [{ name: "api-2", dockerfile: "tools/api/Dockerfile" }],
    leftOut: [],
  });
});

it("leaves out what is no Dockerfile", async () => {
  const { variants, leftOut } = await starter({
    "Dockerfile.j2": "{% if x %}\nFROM {{ base }}\n{% endif %}\n",
    "web/Dockerfile": from(),
  });
  expect(variants.map(({ name }) => name)).toEqual(["web"]);
  expect(leftOut).toEqual([
    { dockerfile: "Dockerfile.j2", problem: expect.stringMatching(/./) as string },
  ]);
});

describe("findDockerfiles", () => {
  const files = {
    ".gitignore": "out\n",
    "out/Dockerfile": from(),
    "node_modules/x/Dockerfile": from(),
    ".github/Dockerfile": from(),
    ".docker/Dockerfile": from(),
    Containerfile: from(),
    "a/b/c/d/e/f/Dockerfile": from(),
    "api/Dockerfile.dev": from(),
    "api/Dockerfile.dev.dockerignore": "",
    "api/app.dockerfile": from(),
    "api/Dockerfile.rego": "",
    "api/dockerfile.ts": "",
    "api/README.md": "",
  };
  const found = [
    ".docker/Dockerfile",
    "Containerfile",
    "a/b/c/d/e/f/Dockerfile",
    "api/Dockerfile.dev",
    "api/app.dockerfile",
  ];

  it("finds those that git does not ignore", async () => {
    project.write(files);
    const git = { cwd: project.dir, env: systemEnv };
    expect(await findDockerfiles(git)).toEqual({ paths: found, complete: true });
  });

  it("finds all of them outside a checkout", async () => {
    project.write(files);
    const git = { cwd: project.dir, env: { ...systemEnv, GIT_DIR: "/nowhere" } };
    expect(await findDockerfiles(git)).toEqual({
      paths: [...found, "out/Dockerfile"],
      complete: true,
    });
  });
});
