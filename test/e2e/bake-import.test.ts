import { join } from "node:path";
import { expect, it } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

/** Bake files as users have them, from the command line to the engine. */

const {
  registries: [registry],
  baseImage,
} = testEngine();

function project(bake: string, targets: string) {
  return createProject((id) => ({
    Dockerfile: `FROM ${baseImage.reference}\nCOPY Dockerfile /d\n`,
    "docker-bake.hcl": bake,
    "layerkeep.yml": `cache: ${registry}/${id}/cache\nimport:\n  - { bake: docker-bake.hcl${targets} }\n`,
  }));
}

it("builds the target default, though bake prints a group of its name", async () => {
  using app = project(
    'target "default" {\n}\ntarget "multiarch" {\n  platforms = ["linux/amd64", "linux/arm64"]\n}\n',
    "",
  );
  const built = await layerkeep(app, ["build", "--write"], { env: engineEnv() });
  expect([built.code, built.stderr]).toEqual([0, expect.any(String)]);
  const plan = await layerkeep(app, ["plan", "--json"], { env: engineEnv() });
  expect(at(plan.stdout, "legs", 0, "id")).toBe("default/linux/amd64");
  expect(at(plan.stdout, "legs", 0, "action")).toBe("reuse");
});

it("warns of a label that another plan makes again, and does not say that it stays", async () => {
  using app = project(
    'target "app" {\n  labels = {\n    "org.opencontainers.image.created" = timestamp()\n  }\n}\n',
    ", targets: [app]",
  );
  const plan = await layerkeep(app, ["plan"], { env: engineEnv() });
  const said = `${plan.stdout}${plan.stderr}`;
  expect(said.split("\n").filter((line) => line.includes("image.created"))).toEqual([
    "warning: docker-bake.hcl, target app: the label org.opencontainers.image.created comes from timestamp(), which changes over time, so the leg is rebuilt each time",
  ]);
});

it("carries out a plan with the values that the plan has, and does not evaluate the file again", async () => {
  using app = project(
    'target "app" {\n  labels = {\n    "org.opencontainers.image.created" = timestamp()\n  }\n}\n',
    ", targets: [app]",
  );
  const plan = join(app.outside, "plan.json");
  await layerkeep(app, ["plan", "--write", "--output", plan], { env: engineEnv() });
  app.write({ "docker-bake.hcl": "this is no bake file" });
  const built = await layerkeep(app, ["build", "--write", "--plan", plan], { env: engineEnv() });
  expect([built.code, built.stderr]).toEqual([0, expect.any(String)]);
  const again = await layerkeep(app, ["build", "--write", "--plan", plan], { env: engineEnv() });
  expect(again.stdout).toMatch(/^app\/linux\/amd64 +reused /m);
});
