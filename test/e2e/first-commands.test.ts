import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cliEnvironment } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

/** README's first screen, in a repository that knows nothing of Layerkeep. */
const [installing = "", running = ""] = readFileSync("README.md", "utf8")
  .split("```sh\n")
  .slice(1)
  .map((block) => block.slice(0, block.indexOf("```")));
const [init = "", up = "", run = ""] = running.trimEnd().split("\n");

let project: Project;
beforeEach(() => {
  project = createProject(() => ({
    Dockerfile: `FROM ${testEngine().baseImage.reference}\nCMD ["echo", "it runs"]\n`,
    ".gitignore": "node_modules\n",
  }));
  project.git("remote", "add", "origin", "https://github.com/acme/app.git");
  // What `npm install` has as its result; install.test.ts runs it.
  const bin = join(project.dir, "node_modules/.bin/layerkeep");
  mkdirSync(dirname(bin), { recursive: true });
  const script = `#!/bin/sh\nexec "${process.execPath}" "${resolve("dist/cli.js")}" "$@"\n`;
  writeFileSync(bin, script, { mode: 0o755 });
});
afterEach(() => project[Symbol.dispose]());

/** A line as a shell runs it. Gives what it prints. */
function shell(line: string): string {
  return execFileSync("sh", ["-c", `{ ${line.replace(/ # .*/, "")}; } 2>&1`], {
    cwd: project.dir,
    env: { ...cliEnvironment(project), ...engineEnv(), npm_config_yes: "false" },
    encoding: "utf8",
  });
}

test("installs from the repository, and then takes three commands", () => {
  expect(installing).toBe(
    "npm install --save-dev git+https://github.com/layerkeep/layerkeep.git\n",
  );
  expect(running.trimEnd().split("\n")).toHaveLength(3);
});

test("in a clone of a repository on GitHub, without a login, they end in a running image", () => {
  shell(init);
  expect(readFileSync(join(project.dir, "layerkeep.yml"), "utf8")).toContain(
    "cache: ghcr.io/acme/app-cache\n",
  );
  const printed = /^run it with: (.*)$/m.exec(shell(up))?.[1];
  expect(printed).toBe(run.replace(/ +# .*/, ""));
  expect(shell(run)).toMatch(/^it runs$/m);
});

test("on another branch, the line that `up` prints runs the image of that branch", () => {
  project.git("checkout", "-q", "-b", "my/topic");
  shell(init);
  const printed = /^run it with: (.*)$/m.exec(shell(up))?.[1] ?? "false";
  expect(printed).toBe("docker run --rm ghcr.io/acme/app:my-topic-app");
  expect(shell(printed)).toMatch(/^it runs$/m);
});

test("without a branch, there is an image to run as well", () => {
  project.git("checkout", "-q", "--detach");
  shell(init);
  const printed = /^run it with: (.*)$/m.exec(shell(`${up.replace(/ +# .*/, "")} || true`))?.[1];
  expect(shell(printed ?? "false")).toMatch(/^it runs$/m);
});

test("`up` alone, which only checks here, says how to get an image", () => {
  shell(init);
  expect(shell("npx layerkeep up")).toContain(
    "hint: pass --local to get images that you can run, in this machine's registry",
  );
});
