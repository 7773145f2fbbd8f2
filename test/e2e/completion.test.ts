import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { type InteractiveShell, startShell } from "../support/interactive-shell.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;
let path = "";

/** The built command line as `layerkeep`, in PATH or as a package of the project. */
function install(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "layerkeep");
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${resolve("dist/cli.js")}" "$@"\n`);
  chmodSync(file, 0o755);
}

beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml":
      "cache: ghcr.io/acme/cache\nvariants:\n  server: {platforms: [linux/amd64, linux/arm64]}\n  worker: {}\n",
    Dockerfile: "FROM scratch\n",
    "my plan.json": "{}",
  }));
  project.git("tag", "v1.2.3");
  project.git("branch", "topic-$(id)");
  const bin = join(project.outside, "bin");
  install(bin);
  path = [bin, process.env["PATH"]].join(delimiter);
});

afterEach(() => project[Symbol.dispose]());

/** What is typed before Tab, and what the line is afterwards. */
const lines: readonly (readonly [string, string])[] = [
  ["layerkeep pu", "layerkeep publish "],
  ["layerkeep registry se", "layerkeep registry serve "],
  ["layerkeep help registry che", "layerkeep help registry check "],
  ["layerkeep plan --expl", "layerkeep plan --explain "],
  ["layerkeep lint --min-severity wa", "layerkeep lint --min-severity warning "],
  ["layerkeep lint --min-severity=wa", "layerkeep lint --min-severity=warning "],
  ["layerkeep build worker/", "layerkeep build worker/linux/amd64 "],
  ["layerkeep build --plan x server/linux/ar", "layerkeep build --plan x server/linux/arm64 "],
  ["layerkeep publish w", "layerkeep publish worker "],
  ["layerkeep up --force wor", "layerkeep up --force worker"],
  ["layerkeep affected --base v1", "layerkeep affected --base v1.2.3 "],
  ["layerkeep affected --base=v1", "layerkeep affected --base=v1.2.3 "],
  ["layerkeep affected --base top", "layerkeep affected --base topic-\\$\\(id\\) "],
  ["layerkeep cache rm cache-w", "layerkeep cache rm cache-worker-amd64 "],
  ["layerkeep build --plan my", "layerkeep build --plan my\\ plan.json "],
  ["layerkeep build --plan=my", "layerkeep build --plan=my\\ plan.json "],
  ["npx layerkeep expl", "npx layerkeep explain "],
];

/** The same in a shell: some leave a word open that could go on. */
const same = (line: string, expected: string): void =>
  expect(line.trimEnd()).toBe(expected.trimEnd());

describe.each(["bash", "zsh"] as const)("%s, in a terminal", (name) => {
  let shell: InteractiveShell;

  beforeEach(async () => {
    install(join(project.dir, "node_modules", ".bin"));
    shell = await startShell(name, project, path, `source <(layerkeep completion ${name})`);
  });

  afterEach(() => shell[Symbol.asyncDispose]());

  test("completes commands, flags, choices, legs, variants, branches, tags and files", async () => {
    for (const [typed, expected] of lines) {
      const { line } = await shell.complete(`${typed}\t`);
      same(line, expected);
    }
  });

  test("lists what fits", async () => {
    const { shown } = await shell.complete("layerkeep registry \t\t");
    for (const command of ["serve", "check", "collect"]) expect(shown).toContain(command);
    if (name === "zsh") expect(shown).toMatch(/serve +-- serve a registry from a folder/);
  });

  test("offers nothing for a command that does not exist, and prints no error", async () => {
    const { line, shown } = await shell.complete("layerkeep nothing x\t\t");
    expect(line).toBe("layerkeep nothing x");
    expect(shown).not.toContain("error");
  });
});

describe("fish", () => {
  const offered = (typed: string): readonly string[] => {
    const command = `layerkeep completion fish | source; complete --do-complete '${typed}'`;
    const out = execFileSync("fish", ["--no-config", "--command", command], {
      cwd: project.dir,
      encoding: "utf8",
      env: { PATH: path, HOME: project.outside, LC_ALL: "C.UTF-8" },
    });
    return out.split("\n").filter((line) => line !== "");
  };

  test.each(lines.filter(([typed]) => !typed.startsWith("npx")))("%s", (typed, expected) => {
    const word =
      expected
        .trimEnd()
        .split(/(?<!\\) /)
        .at(-1) ?? "";
    const words = offered(typed).map((line) => line.split("\t")[0]);
    expect(words).toContain(word.replaceAll("\\", ""));
  });

  test("completes npx layerkeep with the package of the project", () => {
    install(join(project.dir, "node_modules", ".bin"));
    expect(offered("npx layerkeep registry se")).toEqual(["serve\tserve a registry from a folder"]);
  });
});

test("a broken config, or none, is no reason to print anything", async () => {
  const complete = ["complete", "zsh", "--", "build", ""];
  const nothing = { code: 0, stdout: ":words\n", stderr: "" };
  project.write({ "layerkeep.yml": "variants: [" });
  expect(await layerkeep(project, complete)).toMatchObject(nothing);
  execFileSync("rm", [join(project.dir, "layerkeep.yml")]);
  expect(await layerkeep(project, complete)).toMatchObject(nothing);
});
