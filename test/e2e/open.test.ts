import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { topics } from "../../src/cli/open/docs-pages.ts";
import { layerkeep } from "../support/cli.ts";
import { createProject, type Project } from "../support/project.ts";
import { startInTerminal } from "../support/pseudo-terminal.ts";
import { startEmbedded } from "../support/registries.ts";
import { engineEnv } from "../support/small-build.ts";

let project: Project;
beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml":
      "publish: registry.gitlab.com/acme/tools/app\nvariants:\n  server: {}\n  web: { publish: quay.io/acme/web }\n  own: { publish: r.example.com/own }\n",
    Dockerfile: "FROM scratch\nCOPY Dockerfile /\n",
  }));
  project.git("remote", "add", "origin", "git@gitlab.com:acme/tools/app.git");
});
afterEach(() => project[Symbol.dispose]());

const open = (...args: readonly string[]) => layerkeep(project, ["open", ...args]);

it.each([
  [[], "https://gitlab.com/acme/tools/app/container_registry"],
  [["web"], "https://quay.io/repository/acme/web"],
  [["ghcr.io/acme/app:1"], "https://ghcr.io/acme/app"],
  [["shared-cache"], "/docs/lint/shared-cache.md"],
  [["publishing"], "/docs/publishing.md"],
])("%j prints the address without a terminal", async (args, address) => {
  const { code, stdout, stderr } = await open(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^https:\/\/\S+\n$/);
  expect(stdout).toContain(address);
});

it.each([
  ["own", "no web page is known for r.example.com/own"],
  ["sever", 'did you mean "server"'],
  ["server/linux/amd64", "none of the last builds of server/linux/amd64 has the page of a CI run"],
])("refuses %s", async (what, said) => {
  const { code, stdout, stderr } = await open(what);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(said);
});

it("finds a leg's last run in CI in its log", async () => {
  await using registry = await startEmbedded();
  project.write({
    "layerkeep.yml": `cache: ${registry.host}/acme/cache\nvariants:\n  server: {}\n`,
  });
  const commit = project.commit("all");
  const ci = {
    GITLAB_CI: "true",
    CI_PIPELINE_SOURCE: "push",
    CI_COMMIT_SHA: commit,
    CI_COMMIT_BRANCH: "main",
    CI_DEFAULT_BRANCH: "main",
    CI_COMMIT_REF_PROTECTED: "true",
    CI_PIPELINE_ID: "7",
    CI_PIPELINE_URL: "https://gitlab.com/acme/tools/app/-/pipelines/7",
  };
  const built = await layerkeep(project, ["build"], { env: { ...engineEnv(), ...ci } });
  expect({ code: built.code, stderr: built.code === 0 ? "" : built.stderr }).toEqual({
    code: 0,
    stderr: "",
  });
  expect((await open("server/linux/amd64")).stdout).toBe(`${ci.CI_PIPELINE_URL}\n`);
});

describe("on a terminal", () => {
  const run = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    startInTerminal(project, ["open", ...args], { columns: 100, rows: 20, env });

  function fakeOpener(): { readonly opened: string; readonly env: Record<string, string> } {
    const bin = join(project.outside, "bin");
    const opened = join(project.outside, "opened");
    mkdirSync(bin);
    writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\nprintf %s "$*" > '${opened}'\n`, {
      mode: 0o755,
    });
    return { opened, env: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, DISPLAY: ":0" } };
  }

  it("opens the browser, with nothing but the address", async () => {
    const { opened, env } = fakeOpener();
    const terminal = run(["web"], env);
    await terminal.shows(/opened https:\/\/quay\.io\/repository\/acme\/web/);
    expect(await terminal.ended).toBe(0);
    await vi.waitFor(() => expect(existsSync(opened)).toBe(true));
    expect(readFileSync(opened, "utf8")).toBe("https://quay.io/repository/acme/web");
  });

  it.each([
    ["--print", ["web", "--print"], { DISPLAY: ":0" }],
    ["no display", ["web"], {}],
    ["no opener", ["web"], { DISPLAY: ":0", PATH: join(process.execPath, "..") }],
    ["CI", ["web"], { DISPLAY: ":0", CI: "true" }],
  ])("with %s, prints the address", async (_, args, env) => {
    const terminal = run(args, env);
    expect(await terminal.ended).toBe(0);
    expect((await terminal.screen.rows()).join("\n")).toMatch(/^https:\/\/quay\.io\/rep/m);
  });
});

it("every topic is a page of the docs, and every page a topic", () => {
  const pages = readdirSync("docs").filter((name) => name.endsWith(".md"));
  const own = new Set(["README.md", "adding.md"]);
  expect([...topics].map((topic) => `${topic}.md`).sort()).toEqual(
    pages.filter((name) => !own.has(name)).sort(),
  );
});
