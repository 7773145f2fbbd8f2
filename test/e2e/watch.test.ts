import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { ctrlC, startInTerminal, type TerminalRun } from "../support/pseudo-terminal.ts";
import { engineEnv } from "../support/small-build.ts";

let project: Project;
beforeEach(() => {
  const dockerfile = (name: string): string =>
    `FROM ${testEngine().baseImage.reference}\nCOPY ${name}.txt /\n`;
  project = createProject(() => ({
    "layerkeep.yml": "variants:\n  api: { context: api }\n  web: { context: web }\n",
    "api/Dockerfile": dockerfile("api"),
    "api/api.txt": "1\n",
    "api/notes.txt": "1\n",
    "web/Dockerfile": dockerfile("web"),
    "web/web.txt": "1\n",
  }));
});
afterEach(() => project[Symbol.dispose]());

const watch = (...args: readonly string[]): TerminalRun =>
  startInTerminal(project, [...args, "--watch"], { columns: 120, rows: 60, env: engineEnv() });

async function shownBy(run: TerminalRun): Promise<string> {
  return (await run.screen.rows()).join("\n");
}

const times = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

/** That the watching began again, for the nth time. */
const waiting = (n: number): RegExp => new RegExp(`(?:watching the files of[^]*){${n}}`);

test("plans again for a file that a leg takes, once and for that leg, and not for another file", async () => {
  const run = watch("plan");
  await run.shows(waiting(1));
  project.write({ "api/notes.txt": "2\n", "unknown.txt": "2\n" });
  project.write({ "api/api.txt": "2\n" });
  project.write({ "api/api.txt": "3\n" });
  await run.shows(waiting(2));
  const shown = await shownBy(run);
  expect(times(shown, / changed: /g)).toBe(1);
  expect(shown).toMatch(/^api\/linux\/amd64 changed: .*api\.txt/m);
  expect(times(shown, /^api\/linux\/amd64 +build/gm)).toBe(2);
  expect(times(shown, /^web\/linux\/amd64 +build/gm)).toBe(1);

  // The ignored file alone: what comes next is the change of the other leg.
  project.write({ "api/notes.txt": "3\n" });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  project.write({ "web/web.txt": "2\n" });
  await run.shows(waiting(3));
  expect(times(await shownBy(run), / changed: /g)).toBe(2);
  run.type(ctrlC);
  expect(await run.ended).toBe(0);
});

test("notices the config, new folders, and a file that is broken and mended", async () => {
  project.write({ "api/Dockerfile": "FROM scratch\nCOPY src /\n", "api/src/a": "1\n" });
  const run = watch("plan", "api");
  await run.shows(waiting(1));
  project.write({ "api/src/deep/er/b": "1\n" });
  await run.shows(waiting(2));
  project.write({ "api/src/deep/er/c": "1\n" });
  await run.shows(waiting(3));
  project.write({ "layerkeep.yml": "variants: [\n" });
  await run.shows(/the config changed\s+error: [^]*watching the files/);
  project.write({ "layerkeep.yml": "variants:\n  api: { context: api, args: { A: b } }\n" });
  await run.shows(/files changed[^]*api\/linux\/amd64[^]*watching the files/);
  rmSync(join(project.dir, "api/src/a"));
  await run.shows(/api\/linux\/amd64 changed: .*\ba\b[^]*watching the files/);
  run.type(ctrlC);
  expect(await run.ended).toBe(0);
});

test("builds again, and goes on after a build that failed", async () => {
  const run = watch("up", "api");
  await run.shows(waiting(1));
  project.write({ "api/Dockerfile": `FROM ${testEngine().baseImage.reference}\nRUN false\n` });
  await run.shows(waiting(2));
  expect(await shownBy(run)).toMatch(/^api\/linux\/amd64 +failed/m);
  project.write({ "api/Dockerfile": `FROM ${testEngine().baseImage.reference}\nRUN true\n` });
  await run.shows(waiting(3));
  expect(times(await shownBy(run), /^api\/linux\/amd64 +built +\d+\/\d+/gm)).toBe(2);
  run.type(ctrlC);
  expect(await run.ended).toBe(0);
});

test.each([
  ["plan", "--json"],
  ["plan", "--matrix"],
  ["up", "--dry-run"],
  ["up", "--json"],
])("is refused with %s %s", async (command, flag) => {
  const { code, stderr } = await layerkeep(project, [command, flag, "--watch"]);
  expect(code).toBe(2);
  expect(stderr).toContain(`--watch cannot be used with ${flag}`);
});
