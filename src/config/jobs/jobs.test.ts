import { describe, expect, it } from "vitest";
import { readWholeYaml } from "../yaml/whole-yaml.ts";
import { openConfig } from "../parse.ts";
import { readJobs } from "./read-jobs.ts";
import type { JobConfig } from "./job-config.ts";

const matrix = `
mac:
  - {backend: mlx, lang: python, title: It's "new"}
  - {backend: whisper, lang: go}
`;

async function read(
  text: string,
  yaml = matrix,
): Promise<{ jobs: readonly JobConfig[]; problems: string[] }> {
  const opened = openConfig(readWholeYaml(text), "layerkeep.yml", {});
  const jobs = await readJobs(opened, () => Promise.resolve(readWholeYaml(yaml)));
  return { jobs, problems: opened.report.problems().map(({ message }) => message) };
}

describe("jobs", () => {
  it("has an entry for each of the matrix, with its fields in every text", async () => {
    const { jobs, problems } = await read(`
dirs: {npm: , models: {key: m, paths: [m]}}
jobs:
  darwin:
    matrix: m.yml
    at: mac
    name: "{backend}"
    runner: "macos-{lang:-15}"
    inputs: ["go/{backend}/**"]
    env: {TITLE: "{title:-none}"}
    caches:
      - go
      - homebrew: {formulas: [ccache, protobuf], cellar: [protobuf]}
      - ccache: {version: {file: "cpp/{backend}/Makefile", pattern: "V=(\\\\S+)"}, size: 1GB}
      - pip: {requirements: "py/{backend}/*.txt"}
    dirs: [npm, models]
    run: make {backend}-{name}
    artifacts: {path: "{backend}.tar"}
`);
    expect(problems).toEqual([]);
    expect(jobs.map(({ name, file }) => [name, file])).toEqual([["darwin", "m.yml"]]);
    expect(jobs[0]?.entries[1]).toEqual({
      name: "whisper",
      runner: "macos-go",
      inputs: ["go/whisper/**"],
      env: { TITLE: "none" },
      caches: [
        { kind: "go", sums: ["**/go.sum"], size: 1e9 },
        { kind: "homebrew", formulas: ["ccache", "protobuf"], cellar: ["protobuf"], size: 5e8 },
        {
          kind: "ccache",
          version: { file: "cpp/whisper/Makefile", pattern: "V=(\\S+)" },
          size: 1e9,
        },
        { kind: "pip", requirements: ["py/whisper/*.txt"], size: 5e8 },
      ],
      dirs: ["npm", "models"],
      run: "make whisper-whisper",
      artifacts: "whisper.tar",
    });
    expect(jobs[0]?.entries[0]?.env).toEqual({ TITLE: 'It\'s "new"' });
  });

  it("is one command without a matrix", async () => {
    const { jobs } = await read("jobs: {win: {runner: windows-2025, run: nmake}}");
    expect(jobs[0]?.entries.map(({ name, run }) => [name, run])).toEqual([["win", "nmake"]]);
  });

  const job = "matrix: m.yml, at: mac, name: '{backend}', runner: m";
  it.each([
    ["plan: {runner: m, run: x}", 'the job name "plan" is reserved for the workflow'],
    ["build-1-1: {runner: m, run: x}", 'the job name "build-1-1" is reserved for the workflow'],
    ["1st: {runner: m, run: x}", '"1st" is not a valid job name'],
    ["a: {runner: m}", "jobs.a has no run"],
    ["a: {run: x}", "jobs.a has no runner"],
    ["a: {runner: m, run: x, where: {a: b}}", "jobs.a.where has no effect without matrix"],
    ["a: {runner: m, run: 'echo $${{ github.ref }}'}", "jobs cannot contain GitHub expressions"],
    ["a: {runner: m, run: x, env: {A-B: c}}", '"A-B" is not a valid variable name'],
    [
      "a: {runner: m, run: x, env: {LAYERKEEP_COMMAND: c}}",
      'the variable name "LAYERKEEP_COMMAND" is reserved',
    ],
    ["a: {runner: m, run: x, env: {GITHUB_SHA: c}}", 'the variable name "GITHUB_SHA" is reserved'],
    [
      "a: {runner: m, run: x, env: {runner_temp: c}}",
      'the variable name "runner_temp" is reserved',
    ],
    ["a: {runner: m, run: x, caches: [maven]}", 'must be go, homebrew, ccache or pip, not "maven"'],
    ["a: {runner: m, run: x, caches: [go, {go: {size: 1GB}}]}", "go is listed twice"],
    ["a: {runner: m, run: x, dirs: [npm]}", '"npm" is not declared in dirs'],
    ["a: {runner: m, run: x, dirs: [d, d]}", "d is listed twice"],
    ["a: {runner: m, run: x, caches: [homebrew]}", "the homebrew cache lists no formulas"],
    [
      "a: {runner: m, run: x, caches: [{homebrew: {formulas: [a], cellar: [b]}}]}",
      "b is not one of the formulas",
    ],
    [
      "a: {runner: m, run: x, caches: [{homebrew: {formulas: ['--HEAD']}}]}",
      '"--HEAD" is not a valid formula name',
    ],
    [
      "a: {runner: m, run: x, caches: [{ccache: {version: {file: M, pattern: V=.*}}}]}",
      '"V=.*" has no capture group',
    ],
    [
      "a: {runner: m, run: x, caches: [{pip: {size: 5}}]}",
      "Use a number with MB, GB, TB, MiB, GiB or TiB",
    ],
    ["a: {matrix: m.yml, at: mac, runner: m, run: x}", "jobs.a has no name for its entries"],
    [`a: {${job}, run: 'make {flavour}'}`, "no entry in m.yml has the field {flavour}"],
    [`a: {${job}, run: 'echo {title:-x}'}`, "a character that a shell might interpret"],
    [`a: {${job}, run: x, artifacts: {path: '{title}'}}`, "this entry has no title"],
    [
      "a: {matrix: m.yml, at: mac, name: same, runner: m, run: x}",
      "multiple entries are named same",
    ],
    [
      "a: {matrix: m.yml, at: mac, name: '{backend} {lang}', runner: m, run: x}",
      '"mlx python" is not a valid entry name',
    ],
  ])("refuses %s", async (jobs, why) => {
    const { problems } = await read(`jobs: {${jobs}}`);
    expect(problems.join("\n")).toContain(why);
  });

  it("refuses more jobs, and more entries of one, than the limits", async () => {
    const many = Array.from({ length: 51 }, (_, at) => `j${at}: {runner: m, run: x}`).join(", ");
    expect((await read(`jobs: {${many}}`)).problems).toEqual([
      "the config has 51 jobs, but the limit is 50",
    ]);
    const entries = Array.from({ length: 257 }, (_, at) => `  - {backend: b${at}}\n`).join("");
    const { problems } = await read(`jobs: {a: {${job}, run: x}}`, `mac:\n${entries}`);
    expect(problems).toEqual(["jobs.a has 257 entries, but the limit is 256"]);
  });
});
