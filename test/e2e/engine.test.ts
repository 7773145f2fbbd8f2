import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

let project: Project;
beforeEach(() => {
  project = createProject(() => ({}));
});
afterEach(() => project[Symbol.dispose]());

const run = (...args: string[]) => layerkeep(project, ["engine", ...args], { env: engineEnv() });

test("what a builder has is told, and what could go stays until it is meant", async () => {
  const mark = project.id;
  project.write({
    Dockerfile: `FROM ${testEngine().baseImage.reference}\nRUN --mount=type=cache,id=${mark},target=/m echo ${mark} > /m/it\n`,
  });
  const built = await layerkeep(
    project,
    ["cache", "serve-gha", "--", testEngine().buildx, "build", "."],
    { env: testEngine().env },
  );
  expect(built.code).toBe(0);
  const used = await run("du", "--filter", "type=exec.cachemount", "--json");
  expect(used).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.stringify(at(used.stdout, "records"))).toContain(mark);
  const filter = ["--filter", "type=exec.cachemount", "--filter", `description~=${mark}`];
  const planned = await run("prune", ...filter);
  expect(planned).toMatchObject({ code: 0, stderr: "" });
  expect(planned.stdout).toMatch(/^1 record could be deleted, .* Pass --yes to delete them$/m);
  expect((await run("prune", ...filter, "--unused", "1h")).stdout).toBe("nothing to delete\n");
  const pruned = await run("prune", ...filter, "--yes");
  expect(pruned).toMatchObject({ code: 0, stderr: "" });
  expect(pruned.stdout).toMatch(/ freed$/m);
  expect((await run("prune", ...filter)).stdout).toBe("nothing to delete\n");
});

test.each([
  [["gc"], 2, "required option '--disk <size>'"],
  [["gc", "--disk", "lots"], 2, "Use a number with MB, GB, TB, MiB, GiB or TiB"],
  [["prune", "--filter", "unused-for=1h"], 2, "--filter unused-for=1h is not supported"],
  [["du", "--builder", "nobody"], 3, "listing the builder cache failed"],
])("%j says what is wrong", async (args, code, message) => {
  const result = await run(...args);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(message);
});

test("rules are written for a budget", async () => {
  const { code, stdout, stderr } = await run("gc", "--disk", "50GB", "--format", "daemon.json");
  expect(code).toBe(0);
  expect(at(stdout, "builder", "gc", "enabled")).toBe(true);
  expect(stderr).toContain("save this as /etc/docker/daemon.json");
});
