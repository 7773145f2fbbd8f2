import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { readLog } from "../../src/pipeline/records/build-log.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

/** What the engine's own linter says, of two legs that share a Dockerfile in a folder. */

const { registries, baseImage } = testEngine();
let project: Project;
let cache: string;
beforeEach(() => {
  project = createProject((id) => {
    cache = `${registries[0]}/${id}/cache`;
    const config = `cache: ${cache}
variants:
  one: { dockerfile: server/Dockerfile, args: { WHICH: "1" } }
  two: { dockerfile: server/Dockerfile, args: { WHICH: "2" } }
  bad: { dockerfile: server/bad.Dockerfile }
  inline: { dockerfile-inline: "FROM ${baseImage.reference} as base\\nRUN true\\n" }
`;
    return smallProject(config, {
      "server/Dockerfile": `FROM ${baseImage.reference} as base\nARG WHICH\nRUN echo ${id}\nFROM base\nCMD echo hi\n`,
      "server/bad.Dockerfile": `FROM ${baseImage.reference} as base\nRUN exit 3\n`,
    });
  });
});
afterEach(() => project[Symbol.dispose]());

const rule = "https://docs.docker.com/go/dockerfile/rule";
const casing = "FromAsCasing: 'as' and 'FROM' keywords' casing do not match";
const json =
  "JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals";

test("is shown once with its line, counted, and kept in the results and the log", async () => {
  const result = await layerkeep(project, ["build", "--write", "one", "two"], { env: engineEnv() });
  expect(result.code).toBe(0);
  expect(result.stderr.split("\n").filter((line) => line.startsWith("warning: "))).toEqual([
    `warning: server/Dockerfile:1: ${casing} (${rule}/from-as-casing/)`,
    `warning: server/Dockerfile:5: ${json} (${rule}/json-args-recommended/)`,
  ]);
  expect(result.stdout).toMatch(/^2 built in \d+\.\d s; 2 Dockerfile warnings$/m);
  await using client = new RegistryClient({ credentials: anonymous });
  const [record] = await readLog(client, `${cache}:log-one-amd64`);
  expect(record?.dockerfileWarnings?.map(({ file, line }) => [file, line])).toEqual([
    ["server/Dockerfile", 1],
    ["server/Dockerfile", 5],
  ]);
});

test("is in --json of a leg that failed, too, and beside its line on GitHub", async () => {
  const run = githubEnv(project, { event: "push", ref: "refs/heads/main" });
  const workspace = { GITHUB_WORKSPACE: join(project.dir, "..") };
  const env = { ...run, ...engineEnv(), ...workspace };
  const result = await layerkeep(project, ["build", "bad", "--json"], { env });
  expect(result.code).toBe(1);
  expect(at(result.stdout, "legs", 0, "dockerfileWarnings")).toEqual([
    {
      file: "server/bad.Dockerfile",
      line: 1,
      message: casing,
      detail: "The 'as' keyword should match the case of the 'from' keyword",
      url: `${rule}/from-as-casing/`,
    },
  ]);
  expect(annotations(result.stderr).filter((line) => line.startsWith("::"))).toEqual([
    `::warning file=app/server/bad.Dockerfile,line=1,title=FromAsCasing::${casing}%0AThe 'as' keyword should match the case of the 'from' keyword%0A${rule}/from-as-casing/`,
    expect.stringMatching(/^::error::bad\/linux\/amd64 failed: /),
  ]);
  expect(readFileSync(run["GITHUB_STEP_SUMMARY"] ?? "", "utf8")).toContain("1 Dockerfile warning");
});

test("of an inline Dockerfile names the variant", async () => {
  const run = githubEnv(project, { event: "push", ref: "refs/heads/main" });
  const result = await layerkeep(project, ["build", "inline"], { env: { ...run, ...engineEnv() } });
  expect(result.code).toBe(0);
  expect(annotations(result.stderr)).toEqual([
    `::warning title=FromAsCasing::inline Dockerfile of inline:1: ${casing}%0AThe 'as' keyword should match the case of the 'from' keyword%0A${rule}/from-as-casing/`,
    `warning: inline Dockerfile of inline:1: ${casing} (${rule}/from-as-casing/)`,
  ]);
});

/** Without the groups that a leg's log is folded into. */
function annotations(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => /^(?:::(?!group::|endgroup::)|warning: )/.test(line));
}
