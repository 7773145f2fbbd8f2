import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;

beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml": `defaults: { platforms: [linux/amd64, linux/arm64] }
variants:
  base: {}
  app: { dockerfile: app.Dockerfile, contexts: { base: "variant:base" } }
  web: { dockerfile: web.Dockerfile, contexts: { base: "variant:base" }, platforms: linux/arm64 }
`,
    Dockerfile: "FROM 127.0.0.1:9/debian:12\n",
    "app.Dockerfile":
      "FROM 127.0.0.1:9/golang AS build\nFROM base\nCOPY --from=build /x /\nFROM base\n",
    "web.Dockerfile": "FROM base\nCOPY --from=127.0.0.1:9/tool /x /\n",
  }));
});
afterEach(() => project[Symbol.dispose]());

const run = (...args: string[]) => layerkeep(project, ["graph", ...args]);

test("prints what variants are built on, without a registry or an engine", async () => {
  expect(await run()).toMatchObject({
    code: 0,
    stdout: `app (linux/amd64, linux/arm64)
└── base (linux/amd64, linux/arm64)
    └── 127.0.0.1:9/debian:12
web (linux/arm64)
├── base (*)
└── 127.0.0.1:9/tool

3 variants, 5 legs; (*): shown above
`,
    stderr: "",
  });
});

test("shows a variant alone, and knows what was meant", async () => {
  const { stdout } = await run("web", "--json");
  expect(at(stdout, "legs")).toEqual([
    {
      ...{ id: "base/linux/arm64", variant: "base", platform: "linux/arm64" },
      ...{ parents: [], images: ["127.0.0.1:9/debian:12"] },
    },
    {
      ...{ id: "web/linux/arm64", variant: "web", platform: "linux/arm64" },
      ...{ parents: ["base/linux/arm64"], images: ["127.0.0.1:9/tool"] },
    },
  ]);
  const wrong = await run("wbe");
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain('the config has no variant "wbe" (did you mean "web"?)');
});

test("draws for Graphviz and Mermaid", async () => {
  expect((await run("--format", "dot")).stdout).toContain('  "app" -> "base";\n');
  expect((await run("--format", "mermaid")).stdout).toContain("flowchart LR\n  v0[");
  expect((await run("--format", "json")).stdout).toBe((await run("--json")).stdout);
  expect(await run("--format", "dot", "--json")).toMatchObject({ code: 2 });
});
