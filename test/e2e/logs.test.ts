import { readdirSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseReference } from "../../src/oci/reference.ts";
import { cacheHome, layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { runInTerminal } from "../support/pseudo-terminal.ts";
import { testClient } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const {
  registries: [registry],
  baseImage,
} = testEngine();
const leg = "core/linux/amd64";
let project: Project;
let cache: string;

beforeEach(() => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    return smallProject(`cache: ${cache}\nvariants:\n  core: {}\n`);
  });
});

afterEach(() => project[Symbol.dispose]());

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  layerkeep(project, args, { env: { ...engineEnv(), ...env } });
const build = (...args: string[]) => run(["build", "--write", ...args], { NPM: "s3cr3t-of-env" });
const logs = (...args: string[]) => run(["logs", ...args]);

/** What a command writes to a terminal of 60 columns. */
async function onTerminal(args: readonly string[]): Promise<string> {
  const { shown } = await runInTerminal(project, args, [], { columns: 60, env: engineEnv() });
  return shown;
}

/** Writes a Dockerfile whose steps BuildKit has not cached for another test. */
function dockerfile(...steps: readonly string[]): void {
  const lines = [`FROM ${baseImage.reference}`, `ENV PROJECT=${project.id}`, ...steps];
  project.write({ Dockerfile: `${lines.join("\n")}\n` });
}

test("prints what the steps of the last build printed, and lists the builds", async () => {
  dockerfile("RUN echo first", "RUN echo one; echo two");
  expect(await build()).toMatchObject({ code: 0 });
  const printed = await logs(leg);
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  expect(printed.stdout).toMatch(
    /^core\/linux\/amd64, \d{4}-\d\d-\d\d \d\d:\d\d: built in \d+\.\d s, commit [0-9a-f]{12}\n {2}\[2\/3\] RUN echo first \(\d+\.\d s\)\n {4}first\n {2}\[3\/3\] RUN echo one; echo two \(\d+\.\d s\)\n {4}one\n {4}two\n$/,
  );
  expect(await logs("core", "--step", "3")).toMatchObject({ code: 0, stdout: "one\ntwo\n" });

  const list = await logs();
  expect(list).toMatchObject({ code: 0, stderr: "" });
  expect(list.stdout).toMatch(
    /^LEG +STARTED +STATE +TOOK +CACHED +COMMIT\ncore\/linux\/amd64 +just now +built +\d+\.\d s +0 of 2 +[0-9a-f]{12}\n$/,
  );
});

test("prints the log of a step that failed, and of no other with --failed", async () => {
  dockerfile("RUN echo fine", "RUN echo why; exit 7");
  expect(await build()).toMatchObject({ code: 1 });
  const { stdout, code } = await logs(leg);
  expect(code).toBe(0);
  expect(stdout).toMatch(/: failed after \d+\.\d s, commit /);
  expect(stdout).toMatch(/\n {2}\[2\/3\] RUN echo fine \(\d+\.\d s\)\n {4}fine\n/);
  expect(stdout).toMatch(
    /\n {2}\[3\/3\] RUN echo why; exit 7 \(failed after \d+\.\d s\)\n {4}why\n/,
  );
  expect(stdout).toMatch(/\n {2}\[3\/3\] RUN echo why; exit 7: process .* exit code: 7\n$/);
  expect(await logs(leg, "--failed")).toMatchObject({ code: 0, stdout: "why\n" });
  expect(await logs(leg, "--failed", "--step", "2")).toMatchObject({ code: 0, stdout: "fine\n" });
  const unknown = await logs(leg, "--failed", "--step", "9");
  expect(unknown).toMatchObject({ code: 2, stdout: "" });
  expect(unknown.stderr).toContain(`the build of ${leg} has no step 9`);
  expect((await logs("--failed")).stdout).toMatch(/^core\/linux\/amd64 .* failed /m);
});

test("names the steps in a leg's cache, with their lines", async () => {
  dockerfile("RUN head -c 9999 /dev/urandom > /a", "RUN echo b > /b");
  expect(await build()).toMatchObject({ code: 0 });
  const { code, stdout } = await run(["cache", "inspect", "core"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    / just now {2}Dockerfile:3 RUN head -c 9999 \/dev\/urandom > \/a\n.* {2}Dockerfile:4 RUN echo b > \/b\n/,
  );
});

test("the list of builds fits a terminal of 60 columns", async () => {
  const name = "core-image";
  project.write({ "layerkeep.yml": `cache: ${cache}\nvariants:\n  ${name}: {}\n` });
  dockerfile("RUN true");
  expect(await run(["build"])).toMatchObject({ code: 0 });
  const listed = stripVTControlCharacters(await onTerminal(["logs"]))
    .trimEnd()
    .split("\r\n");
  expect(listed[1]).toContain(`${name}/linux/amd64`);
  expect(listed[1]).toMatch(/ built \(this m[a-z]*….* s$/);
  for (const line of listed) expect(line.length).toBeLessThanOrEqual(60);
});

test("shows builds of two runs with --last 2, the newest at the end", async () => {
  dockerfile("RUN echo same", "RUN echo run 1; exit 1");
  await build();
  dockerfile("RUN echo same", "RUN echo run 2");
  expect(await build()).toMatchObject({ code: 0 });
  const both = await logs(leg, "--last", "2", "--step", "3");
  expect(both.stdout).toMatch(
    / failed after [^]*\n {4}run 1\n[^]*\n\n[^]* built in [^]*\n {4}run 2\n$/,
  );
  expect((await logs(leg)).stdout).toMatch(
    /\n {2}\[2\/3\] RUN echo same \(cached\)\n {2}\[3\/3\] /,
  );
  const { stdout } = await logs(leg, "--last", "2", "--json");
  expect(at(stdout, "builds", 0)).toMatchObject({
    leg,
    result: "built",
    recorded: "log",
    steps: { cached: 1, all: 2 },
    failure: null,
    logs: [
      { step: "[2/3] RUN echo same", state: "cached", seconds: 0, log: "" },
      { step: "[3/3] RUN echo run 2", state: "ran", log: "run 2" },
    ],
  });
  expect(at(stdout, "builds", 1, "logs", 1)).toMatchObject({ state: "failed", log: "run 1" });
  expect((await logs(leg, "--failed")).stdout).toBe("run 1\n");
});

test("of 100,000 lines, keeps the first and the last, and says how many are left out", async () => {
  // BuildKit itself clips what is printed fast: it lets 200 KiB a second through.
  dockerfile(
    'RUN for i in $(seq 100000); do echo "line $i"; [ $((i % 10000)) != 0 ] || sleep 0.7; done',
  );
  expect(await build()).toMatchObject({ code: 0 });
  const { stdout } = await logs(leg, "--step", "2");
  const lines = stdout.trimEnd().split("\n");
  expect(lines.slice(0, 2)).toEqual(["line 1", "line 2"]);
  expect(lines.at(-1)).toBe("line 100000");
  const gap = lines.findIndex((line) => line.startsWith("[output clipped: "));
  const [, left = ""] =
    /^\[output clipped: (\d+) lines \(\d+ bytes\) omitted here\]$/.exec(lines[gap] ?? "") ?? [];
  expect(lines.length - 1 + Number(left)).toBe(100_000);
  expect(stdout.length).toBeLessThan(520 << 10);
});

describe("secrets and escape sequences that a step prints", () => {
  beforeEach(() => {
    project.write({
      "layerkeep.yml": `cache: ${cache}\nvariants:\n  core:\n    secrets: ["id=npm,env=NPM", "id=rc,src=npmrc"]\n`,
      npmrc: "//registry.npmjs.org/:_authToken=f1le-t0ken-42\n",
    });
    dockerfile(
      "RUN --mount=type=secret,id=npm --mount=type=secret,id=rc cat /run/secrets/npm /run/secrets/rc; cut -d= -f2 /run/secrets/rc; printf 's3cr\\033[31m3t-of-env\\n'",
      "RUN printf '\\033[31mred\\033[0m\\033]0;title\\007\\n::error::x\\n10%%\\r20%%\\n'",
    );
  });

  test("are masked in what is stored, and made harmless", async () => {
    expect(await build()).toMatchObject({ code: 0 });
    const { stdout } = await logs(leg, "--json");
    expect(at(stdout, "builds", 0, "logs", 0, "log")).toBe("******\n***\n***");
    expect(at(stdout, "builds", 0, "logs", 1, "log")).toBe(
      "\u001b[31mred\u001b[0m\u001b[0m\n: :error::x\n20%",
    );
    const shown = await logs(leg);
    expect(shown.stdout).toContain("\n    red\n    : :error::x\n    20%\n");
    // On a terminal, unless it is told not to.
    expect(await onTerminal(["logs", leg, "--step", "3"])).toContain("\u001b[31mred\u001b[0m");
    const plain = await onTerminal(["logs", leg, "--step", "3", "--no-color"]);
    expect(plain.split("\r\n")[0]).toBe("red");
    for (const secret of ["s3cr3t-of-env", "f1le-t0ken-42"]) {
      expect(stdout).not.toContain(secret);
    }
  });
});

describe("logs: false", () => {
  test("keeps records, but nothing that steps printed", async () => {
    project.write({ "layerkeep.yml": `cache: ${cache}\nlogs: false\nvariants:\n  core: {}\n` });
    dockerfile("RUN echo secretly");
    expect(await build()).toMatchObject({ code: 0 });
    expect((await logs(leg)).stdout).toMatch(/\n {2}no step logs: the config has logs: false\n$/);
    await using client = testClient();
    const found = await client.getManifest(parseReference(`${cache}:log-core-amd64`));
    const layers = found?.manifest.kind === "manifest" ? found.manifest.content.layers : [];
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([
      "application/vnd.layerkeep.record.v1+json",
    ]);
  });
});

test("an untrusted run keeps its step logs on this machine alone", async () => {
  dockerfile("RUN echo not trusted");
  const env = githubEnv(project, { event: "push", ref: "refs/heads/topic" });
  expect(await run(["build"], env)).toMatchObject({ code: 0 });
  const names = readdirSync(join(cacheHome(project), "layerkeep/records"));
  expect(
    names.map((name) => name.replace(/^.*?\./, "").replace(/^.*Z-[0-9a-f]+\./, "")).sort(),
  ).toEqual(["json", "log.gz"]);
  const { stdout, code } = await logs(leg);
  expect(code).toBe(0);
  expect(stdout).toMatch(/, recorded on this machine\n {2}\[2\/2\] RUN .*\n {4}not trusted\n$/);
  expect((await logs()).stdout).toContain(" built (this machine) ");
});

test("step logs are counted by cache du, and deleted with the leg", async () => {
  dockerfile("RUN echo one");
  await build();
  const { stdout } = await run(["cache", "du", "--json"]);
  const bytes = Number(at(stdout, "legs", 0, "logs"));
  await using client = testClient();
  const found = await client.getManifest(parseReference(`${cache}:log-core-amd64`));
  const layers = found?.manifest.kind === "manifest" ? found.manifest.content.layers : [];
  expect(layers).toHaveLength(2);
  expect(bytes).toBeGreaterThan(layers.reduce((sum, { size }) => sum + size, 0));
  expect(await run(["cache", "rm", leg, "--yes"])).toMatchObject({ code: 0 });
  expect(await logs(leg)).toMatchObject({ code: 1, stdout: "" });
});

test("without cache:, reads what `up` left on this machine", async () => {
  project.write({ "layerkeep.yml": "variants:\n  core: {}\n" });
  dockerfile("RUN echo at home");
  expect(await run(["up"])).toMatchObject({ code: 0 });
  expect((await logs(leg, "--step", "2")).stdout).toBe("at home\n");
});

describe("bad input", () => {
  test.each([
    [["logs", "cor"], 2, 'the config has no leg or variant "cor" (did you mean core?)'],
    [["logs", "core", "--step", "x"], 2, '"x" is not a step\nhint: use the number from the output'],
    [
      ["logs", "--step", "3"],
      2,
      "--step needs a leg\nhint: pass one, as in `layerkeep logs server/linux/amd64",
    ],
    [["logs", "core", "--last", "0"], 2, "Use an integer from 1 to 99999."],
    [["logs", "core"], 1, "warning: core/linux/amd64 has no recorded build\n"],
    [["logs", "core", "--failed"], 1, "has no recorded build that failed\n"],
  ])("%j exits with %i", async (args, code, text) => {
    const result = await run(args);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(text);
  });

  test("a step that a build does not have is refused", async () => {
    dockerfile("RUN true");
    await build();
    const result = await logs(leg, "--step", "stage-1 9");
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(`the build of ${leg} has no step stage-1 9\nhint: run`);
  });

  test("no builds at all is no error of a list", async () => {
    expect(await logs()).toMatchObject({ code: 0, stdout: "no builds are recorded\n" });
    expect(at((await logs("--json")).stdout, "builds")).toEqual([]);
  });
});
