import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { engineEnv } from "../support/small-build.ts";

const {
  registries: [registry, second],
} = testEngine();
let project: Project;

beforeEach(() => {
  project = createProject((id) => ({
    "layerkeep.yml": `cache: ${registry}/${id}/cache
publish: { repository: "${second}/${id}/app", tags: ["type=raw,value=1"] }
variants:
  base: { context: base, publish: false }
  app: { context: app, contexts: { base: "variant:base" } }
  tool:
    matrix: { size: [full, slim] }
    context: app
    contexts: { base: "variant:base" }
    args: { SIZE: "{size}" }
    publish:
      repository: "${second}/${id}/tools"
      tags: ["type=raw,value={size}", "type=raw,value=1"]
`,
    "base/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
    "app/Dockerfile": "FROM base\nARG SIZE\nLABEL size=$SIZE\nCOPY Dockerfile /app\n",
  }));
});

afterEach(() => project[Symbol.dispose]());

const onMain = () => ({
  ...engineEnv(),
  ...githubEnv(project, { event: "push", ref: "refs/heads/main" }),
});

const run = (...args: string[]) => layerkeep(project, args, { env: onMain() });

test("a variant is published to targets of its own, or not at all, and is built on all the same", async () => {
  const up = await run("up", "--json", "--quiet");
  expect(up).toMatchObject({ code: 0, stderr: "" });
  expect(at(up.stdout, "legs")).toMatchObject(
    ["base", "app", "tool-full", "tool-slim"].map((variant) => ({
      leg: `${variant}/linux/amd64`,
      outcome: "built",
    })),
  );
  const published = at(up.stdout, "published") as { variant: string }[];
  expect(published.map(({ variant }) => variant)).toEqual(["app", "tool-full", "tool-slim"]);
  const tags = await Promise.all(
    ["app", "tools", "base"].map(async (name) =>
      Object.keys(await tagsOf(`${second}/${project.id}/${name}`)).sort(),
    ),
  );
  expect(tags).toEqual([["1-app"], ["1-tool-full", "1-tool-slim", "full", "slim"], []]);

  const plan = await run("plan", "--json");
  expect(at(plan.stdout, "variants", 0)).toMatchObject({ name: "base", targets: [] });

  const again = await run("publish", "--json");
  expect(again.code).toBe(0);
  expect(again.stderr).not.toMatch(/base/);
  expect(at(again.stdout, "published")).toHaveLength(3);

  const named = await run("publish", "base");
  expect(named.code).toBe(2);
  expect(named.stderr).toContain(
    'the variant "base" cannot be published: it has no publish target',
  );
});

test("a tag that two variants would get stops the plan", async () => {
  project.write({
    "layerkeep.yml": `cache: ${registry}/${project.id}/cache
publish: ${second}/${project.id}/app
variants:
  base: { context: base, suffix: "" }
  main: { context: app, contexts: { base: "variant:base" }, publish: { repository: "${second}/${project.id}/app", tags: ["{name}"] } }
`,
  });
  project.commit("collide");
  const plan = await run("plan");
  expect(plan.code).toBe(2);
  expect(plan.stderr).toContain(
    `the variants "base" and "main" would both be published as ${second}/${project.id}/app:main`,
  );
});
