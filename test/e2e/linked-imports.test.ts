import { afterEach, describe, expect, test } from "vitest";
import { exec, execOk } from "../../src/exec.ts";
import { type CliResult, layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

/**
 * Bake and Compose files whose images are built on each other, from the import to the engine. The
 * Dockerfiles fail if a context is not the image of this commit.
 */

const {
  registries: [registry],
  baseImage,
  buildx,
  env,
} = testEngine();
let project: Project;

afterEach(() => project[Symbol.dispose]());

const dockerfiles = (id: string) => ({
  "base/Dockerfile": `FROM ${baseImage.reference}\nCOPY base.txt /\n`,
  "base/base.txt": `${id}\n`,
  "tool/Dockerfile": `FROM ${baseImage.reference}\nARG TARGETARCH\nRUN echo $TARGETARCH > /arch\n`,
  "app/Dockerfile": `FROM base
COPY expected.txt /
COPY --from=tool /arch /arch
RUN cat /base.txt /arch | cmp - /expected.txt
`,
  "app/expected.txt": `${id}\namd64\n`,
});

const bake = `group "default" {
  targets = ["app"]
}
target "app" {
  context = "app"
  contexts = {
    base = "target:base"
    tool = "target:tool"
  }
  platforms = ["linux/amd64", "linux/arm64"]
}
target "base" {
  context = "base"
  platforms = ["linux/amd64", "linux/arm64"]
}
target "tool" {
  context = "tool"
}
`;

const compose = `services:
  app:
    build:
      context: app
      additional_contexts: {base: "service:base", tool: "service:tool"}
      platforms: [linux/amd64, linux/arm64]
  base: {build: {context: base, platforms: [linux/amd64, linux/arm64]}}
  tool: {build: tool}
`;

const make = (kind: "bake" | "compose", file: string, more = "") =>
  createProject((id) => ({
    ...dockerfiles(id),
    [kind === "bake" ? "docker-bake.hcl" : "compose.yml"]: file,
    "layerkeep.yml": `cache: ${registry}/${id}/cache\nimport:\n  - { ${kind}: ${kind === "bake" ? "docker-bake.hcl" : "compose.yml"}, name: "x-{name}"${more} }\n`,
  }));

const run = (...args: string[]): Promise<CliResult> =>
  layerkeep(project, args, { env: engineEnv() });

const legs = ["app/linux/amd64", "app/linux/arm64", "base/linux/amd64", "base/linux/arm64"];

describe.each([
  ["a bake file with linked targets", "bake", bake],
  ["a Compose file with services as contexts", "compose", compose],
] as const)("%s", (_, kind, file) => {
  const outcomes = async (): Promise<unknown> => {
    const built = await run("build", "--write", "--json");
    const found = at(built.stdout, "legs") as { leg: string; outcome: string }[];
    return Object.fromEntries(found.map(({ leg, outcome }) => [leg, outcome]));
  };
  const every = (outcome: string) =>
    Object.fromEntries([...legs, "tool/linux/amd64"].map((leg) => [`x-${leg}`, outcome]));

  test("is imported and built, parents first", async () => {
    project = make(kind, file);
    await execOk(exec, [buildx, "bake", "--set=*.output=type=cacheonly", "app"], {
      cwd: project.dir,
      env,
      purpose: "bake, which builds the same",
    });
    expect(await outcomes()).toEqual(every("built"));
    expect(await outcomes()).toEqual(every("reused"));
    project.write({
      "base/base.txt": "changed\n",
      "app/expected.txt": "changed\namd64\n",
    });
    expect(await outcomes()).toEqual({ ...every("built"), "x-tool/linux/amd64": "reused" });
  });
});

test("a Compose file that includes and extends others is built from their folders", async () => {
  project = createProject((id) => ({
    ...dockerfiles(id),
    "parts/compose.yml": "services: {base: {build: {context: ../base}}}\n",
    "parts/common.yml": `services:
  child:
    build:
      context: child
      dockerfile_inline: |
        FROM base
        ARG WHO
        COPY who.txt /
        RUN grep -x "$$WHO" /who.txt && grep -x ${id} /base.txt
      args: {WHO: common}
`,
    "parts/child/who.txt": "app\n",
    "compose.yml": `include: [parts/compose.yml]
services:
  app:
    extends: {file: parts/common.yml, service: child}
    build: {args: {WHO: app}, additional_contexts: {base: "service:base"}}
`,
    "layerkeep.yml": `cache: ${registry}/${id}/cache\nimport: [{ compose: compose.yml }]\n`,
  }));
  const built = await run("build", "--write", "--json");
  const found = at(built.stdout, "legs") as { leg: string; outcome: string }[];
  expect(found.map(({ leg, outcome }) => [leg, outcome])).toEqual([
    ["app/linux/amd64", "built"],
    ["base/linux/amd64", "built"],
  ]);
});

describe("a context that cannot be another image", () => {
  const bakes: readonly [string, string, string][] = [
    ["a target that does not exist", 'base = "target:bsae"', "failed to find target bsae"],
    ["the target itself", 'base = "target:app"', "target app cannot link to itself"],
  ];
  test.each(bakes)("is %s, in a bake file", async (_, link, message) => {
    project = make("bake", bake.replace('base = "target:base"', link));
    const plan = await run("plan");
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test("is a target that is built on this one, in a bake file", async () => {
    const circle = 'target "base" {\n  contexts = {\n    app = "target:app"\n  }';
    project = make("bake", bake.replace('target "base" {', circle));
    const plan = await run("plan");
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringContaining("infinite loop from")]);
  });

  const composes: readonly [string, string, string, string][] = [
    [
      "a service that does not exist",
      "service:bsae",
      "",
      'the service "bsae", which does not exist',
    ],
    ["the service itself", "service:app", "", "refers to its own service"],
    ["a service that is not imported", "service:base", ", services: [app, tool]", "add base to"],
  ];
  test.each(composes)("is %s, in a Compose file", async (_, address, more, message) => {
    project = make("compose", compose.replace("service:base", address), more);
    const plan = await run("plan");
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test("is a service that is built on this one, in a Compose file", async () => {
    const circle = '{context: base, additional_contexts: {app: "service:app"},';
    project = make("compose", compose.replace("{context: base,", circle));
    const plan = await run("plan");
    const message = "in a cycle: x-app → x-base → x-app";
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test("is an image for another platform than FROM wants", async () => {
    const only = "{build: {context: base, platforms: [linux/amd64]}}";
    project = make(
      "compose",
      compose.replace("{build: {context: base, platforms: [linux/amd64, linux/arm64]}}", only),
    );
    const plan = await run("plan");
    expect([plan.code, plan.stderr]).toEqual([
      2,
      expect.stringContaining(
        "FROM needs base for linux/arm64, but the context is variant:x-base/linux/amd64",
      ),
    ]);
  });
});
